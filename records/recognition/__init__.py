"""Mutual recognition (互认): what the county's rules say of a result, and fetching what that needs."""
