"""Codes that facilities use and nobody has said what they stand for: counted, with a suggestion by their name."""
