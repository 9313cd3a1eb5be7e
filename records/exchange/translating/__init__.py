"""From what facilities send to FHIR: one translator for each layout that is not FHIR already (docs/adr/0015)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from records.exchange.bundles import Entry

Tick = Callable[[], None]


def untimed() -> None:
    """Nobody looks at the clock."""


@dataclass(frozen=True)
class Setup:
    """What a translator may know besides the bytes: who sends, and what the source's settings say of its layout.

    One that works before its first entry calls `tick` as it goes: it raises Untranslatable when time is up.
    """

    facility_code: str = ""
    facility_name: str = ""
    charset: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    tick: Tick = untimed


class Untranslatable(Exception):
    """A document that cannot be read; the explanation says in plain words what is wrong, and never repeats it."""

    def __init__(self, explanation: str) -> None:
        super().__init__("untranslatable")
        self.explanation = explanation


# Pure, bounded and repeatable: the same bytes give the same entries, and nothing is raised but Untranslatable.
Translator = Callable[[bytes, Setup], Iterator[Entry]]
