"""The demonstration county 清河口县 and its two sandbox facilities; no living person or real place is meant."""
