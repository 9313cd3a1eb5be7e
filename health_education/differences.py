"""What changed between two wordings, for Chinese text: paragraph by paragraph, then character by character."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

# A Chinese character stands alone; a number, a Latin word and a run of spaces change as a whole.
UNIT = re.compile(r"[A-Za-z0-9.%]+|\s+|.", re.DOTALL)
LONGEST = 4000  # units of a paragraph that are still compared one by one
ISLAND = 1  # unchanged units between two changes that are shown as changed with them: one alone reads as noise


@dataclass(frozen=True)
class Piece:
    """A stretch of a paragraph, and whether it is not in the other wording."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Row:
    """A paragraph before and after; an empty side where it was added or taken out."""

    before: list[Piece]
    after: list[Piece]

    @property
    def kind(self) -> str:
        """same, changed, added or removed."""
        if not self.before or not self.after:
            return "removed" if self.before else "added"
        return "changed" if any(piece.changed for piece in self.before + self.after) else "same"

    @property
    def inline(self) -> list[tuple[str, str]]:
        """One line of ("same" | "removed" | "added", text), what went before what came."""
        if self.kind != "changed":
            return [(self.kind, piece.text) for piece in self.before or self.after]
        return list(_woven(self.before, self.after))


def rows(before: str, after: str) -> list[Row]:
    """Two texts paragraph by paragraph; paragraphs that resemble one another stand in one row."""
    old, new = _paragraphs(before), _paragraphs(after)
    found: list[Row] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Row([Piece(text, False)], [Piece(text, False)]) for text in old[i1:i2]]
        else:
            found += [_row(one, other) for one, other in zip_longest(old[i1:i2], new[j1:j2])]
    return found


def _paragraphs(text: str) -> list[str]:
    return [line.rstrip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]


def _row(before: str | None, after: str | None) -> Row:
    if before is None or after is None:
        return Row([Piece(before, True)] if before else [], [Piece(after, True)] if after else [])
    old, new = UNIT.findall(before), UNIT.findall(after)
    if max(len(old), len(new)) > LONGEST:
        return Row([Piece(before, True)], [Piece(after, True)])
    codes = _joined(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    left = [Piece("".join(old[i1:i2]), tag != "equal") for tag, i1, i2, _j1, _j2 in codes if i2 > i1]
    right = [Piece("".join(new[j1:j2]), tag != "equal") for tag, _i1, _i2, j1, j2 in codes if j2 > j1]
    return Row(left, right)


Code = tuple[str, int, int, int, int]


def _joined(codes: Sequence[Code]) -> list[Code]:
    """The same changes, neighbours that only an island of unchanged units parts made one."""
    found: list[Code] = []
    for at, (tag, i1, i2, j1, j2) in enumerate(codes):
        island = tag == "equal" and i2 - i1 <= ISLAND and 0 < at < len(codes) - 1
        tag = "replace" if island or tag != "equal" else "equal"
        if found and tag == "replace" and found[-1][0] == "replace":
            found[-1] = ("replace", found[-1][1], i2, found[-1][3], j2)
        else:
            found.append((tag, i1, i2, j1, j2))
    return found


def _woven(before: list[Piece], after: list[Piece]) -> Iterator[tuple[str, str]]:
    old, new = list(before), list(after)
    while old or new:
        if old and old[0].changed:
            yield "removed", old.pop(0).text
        elif new and new[0].changed:
            yield "added", new.pop(0).text
        else:
            yield "same", old.pop(0).text  # what is unchanged stands on both sides
            new.pop(0)
