"""Drop folders: what programs of facilities lay down as files is kept, each once (docs/connect/folder.md)."""

from records.exchange.folders.watching import due, watch

__all__ = ["due", "watch"]
