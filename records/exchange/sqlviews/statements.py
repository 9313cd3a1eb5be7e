"""The statements a view is asked with: names quoted, values bound, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from records.exchange.sqlviews.marks import Mark

Values = list[str | int]
Group = tuple[str | int, ...]


@dataclass(frozen=True)
class Position:
    """After which row to go on: its watermark and key; without a key, from the watermark on, itself included."""

    mark: Mark | None = None
    key: tuple[str | int, ...] = ()


class Asking:
    """The statements about one view, its names quoted as one kind of database wants them."""

    def __init__(self, quote: str, view: Sequence[str], watermark: str, key: Sequence[str], columns: Sequence[str]):
        self._quote = quote
        self._view = ".".join(map(self._named, view))
        self._watermark = self._named(watermark)
        self._key = [self._named(name) for name in key]
        self._columns = ", ".join(map(self._named, columns))

    def _named(self, name: str) -> str:
        """A name in quotes; a percent sign would be a place for a value."""
        quoted = name.replace(self._quote, self._quote * 2).replace("%", "%%")
        return f"{self._quote}{quoted}{self._quote}"

    def changed(self, after: Position, limit: int) -> tuple[str, Values]:
        """Rows in the order of their marks and keys, after a position."""
        order = ", ".join([self._watermark, *self._key])
        where, values = self._after(after)
        return self._select(self._columns, "WHERE", where, "ORDER BY", order), [*values, limit]

    def _after(self, after: Position) -> tuple[str, Values]:
        if after.mark is None:
            return f"{self._watermark} IS NOT NULL", []
        values: Values = [after.mark.value]
        if not after.key:
            return f"{self._watermark} >= %s", values
        names = [self._watermark, *self._key]
        given: Values = [after.mark.value, *after.key]
        ways = []
        for place, name in enumerate(names[1:], start=1):
            same = " AND ".join(f"{other} = %s" for other in names[:place])
            ways.append(f"({same} AND {name} > %s)")
            values += given[: place + 1]
        # The first condition alone would do to find the place in an index, the rest tells rows of one mark apart.
        where = f"{names[0]} >= %s AND ({names[0]} > %s OR {' OR '.join(ways)})"
        return where, [after.mark.value, *values]

    def of_groups(
        self, group: Sequence[str], wanted: Sequence[tuple[str | int, ...]], limit: int
    ) -> tuple[str, Values]:
        """All rows of some groups."""
        one = " AND ".join(f"{self._named(name)} = %s" for name in group)
        where = " OR ".join([f"({one})"] * len(wanted))
        values: Values = [value for some in wanted for value in some]
        return self._select(self._columns, "WHERE", where), [*values, limit]

    def undated(self) -> tuple[str, Values]:
        """A row that no watermark will ever reach."""
        return self._select("1", "WHERE", f"{self._watermark} IS NULL"), [1]

    def without_key(self, since: Mark | None) -> tuple[str, Values]:
        """A row from a mark on that cannot be told from others: at the edge of a page it would be left out."""
        nothing = " OR ".join(f"{name} IS NULL" for name in self._key)
        if since is None:
            return self._select("1", "WHERE", nothing), [1]
        return self._select("1", "WHERE", f"{self._watermark} >= %s AND ({nothing})"), [since.value, 1]

    def header(self) -> tuple[str, Values]:
        """No row, but the names of all columns."""
        return self._select("*"), [0]

    def _select(self, what: str, *rest: str) -> str:
        """One statement of quoted names; every value is a parameter, the last of them how many rows at most."""
        return " ".join(["SELECT", what, "FROM", self._view, *rest, "LIMIT %s"])


def header(quote: str, view: Sequence[str]) -> tuple[str, Values]:
    """What asks a view for its columns alone."""
    return Asking(quote, view, "", [], []).header()
