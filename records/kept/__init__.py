"""Pages of one's own record, kept for an hour: shown again while the database says that nothing on them changed.

`door` asks what a session may see and for the stamp of its person, `leaves` keeps the parts of pages, sealed, under
keys that are made of the stamp. Why it is so: docs/adr/0033.
"""
