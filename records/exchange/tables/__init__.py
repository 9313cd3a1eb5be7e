"""CSV and Excel drops of old laboratory systems, read by a source's own column mapping (docs/connect/tables.md)."""

from records.exchange.tables.errors import errors_sheet
from records.exchange.tables.preview import Preview, preview
from records.exchange.tables.suggesting import check, suggest
from records.exchange.tables.translating import translate

__all__ = ["Preview", "check", "errors_sheet", "preview", "suggest", "translate"]
