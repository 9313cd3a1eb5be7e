"""The engineers' desk: feeds, runs, held messages, code mappings."""

from records.exchange.admin import codes, folds, held, policies, replays, runs, sources, units

__all__ = ["codes", "folds", "held", "policies", "replays", "runs", "sources", "units"]
