"""Stored messages read once more as they are understood today, and what that changes (docs/adr/0018)."""
