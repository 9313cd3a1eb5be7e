"""One result beside the earlier ones: which may be put into one line, in which unit, and how that is drawn."""
