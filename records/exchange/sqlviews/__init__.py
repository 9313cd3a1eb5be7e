"""A view on a facility's front-end machine, read and never written, asked for what changed (docs/connect/view.md)."""

from records.exchange.sqlviews.fetching import fetch, goes_back

__all__ = ["fetch", "goes_back"]
