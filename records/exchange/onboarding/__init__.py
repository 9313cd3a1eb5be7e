"""Bringing a feed live without a shell: try the connection, rehearse, launch (docs/connect/onboarding.md)."""
