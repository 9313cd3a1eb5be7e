"""The engineers' desk: feeds, runs, held messages, code mappings."""

from records.exchange.admin import codes, held, policies, runs, sources

__all__ = ["codes", "held", "policies", "runs", "sources"]
