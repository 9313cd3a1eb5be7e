"""/api/: the residents' own interface, put together from the rooms' parts; its schema and its page for programmers."""
