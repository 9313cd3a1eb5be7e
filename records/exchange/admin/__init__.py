"""The engineers' desk: feeds, runs, held messages, code mappings."""

from records.exchange.admin import codes, held, runs, sources

__all__ = ["codes", "held", "runs", "sources"]
