"""Looking for something in the whole record: what was typed, where it may stand, and what was found."""
