"""In which order the entries of a file come, and how many of them are taken at a time."""

from collections.abc import Callable, Iterator

from records.exchange.bundles import Entry
from records.exchange.mapping import MAPPINGS
from records.exchange.references import own_id

BATCH = 1000
# A batch of large entries (pictures, PDF files) ends here.
BATCH_BYTES = 8 * 1024 * 1024


class Order:
    """Whether everybody a file speaks of has been introduced before: then it need not be read twice."""

    def __init__(self) -> None:
        self.introduces_first = True
        self._patients: set[str] = set()

    def look(self, entry: Entry) -> None:
        """Look at the next entry, a resource."""
        resource = entry.resource
        kind = resource.get("resourceType")
        if kind == "Patient":
            self._patients |= {entry.address, f"Patient/{own_id(resource, entry.address)}"}
        elif isinstance(kind, str) and kind in MAPPINGS:
            whom = resource.get("subject") or resource.get("patient")
            named = whom.get("reference") if isinstance(whom, dict) else None
            self.introduces_first &= isinstance(named, str) and named in self._patients


def batches(
    entries: Iterator[Entry], size: int = BATCH, position: Callable[[], int] = lambda: 0
) -> Iterator[list[Entry]]:
    """Some entries at a time; fewer where `position`, the place in the file they are read from, moves on quickly."""
    batch: list[Entry] = []
    start = position()
    for entry in entries:
        batch.append(entry)
        if len(batch) == size or position() - start > BATCH_BYTES:
            yield batch
            batch, start = [], position()
    if batch:
        yield batch
