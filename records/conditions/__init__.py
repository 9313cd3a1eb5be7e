"""Everything about one disease of a person on one page: which there are, and what belongs to them."""
