"""The summary behind the first page of a record: worked out from the tables, kept beside them, never trusted when due.

`building` works contents out, in the worker for many persons and in a session for the one it looks at: the same
function, so that a summary says what the session itself would find. `keeping` writes them, `reading` picks.
"""
