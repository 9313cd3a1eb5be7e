"""Pages of the staff site about people: residents staff look after, and the staff themselves."""
