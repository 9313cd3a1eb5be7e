"""How much of a table is read. Constants and no dated settings: a translator has no database, and must answer next
year for the same bytes as it does today."""

MEGABYTE = 1024 * 1024
MOST_BYTES = 64 * MEGABYTE
MOST_ROWS = 200_000
MOST_COLUMNS = 500
MOST_CELLS = 8_000_000
MOST_SHEETS = 50
# A spreadsheet is a zip archive: what it may hold, and hold in all once it is expanded.
MOST_ENTRIES = 2_000
MOST_EXPANDED = 192 * MEGABYTE
MOST_RATIO = 250
MOST_TEXT = 192 * MEGABYTE
HEADER_WITHIN = 30
