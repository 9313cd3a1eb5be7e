"""A rehearsal's figures as the page shows them: each message in one line, and the lines add up."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from records.exchange.models import Held, Trial
from records.exchange.sentences import shown

COUNTS: list[tuple[str, Promise, str]] = [
    ("matched", gettext_lazy("可以入档：已登记的居民"), "good"),
    ("new", gettext_lazy("可以入档：门户还没有登记的人"), "good"),
    ("unknown", gettext_lazy("等患者信息：还没有收到这位患者"), "warn"),
    ("unreadable", gettext_lazy("不能读取"), "bad"),
    ("skipped", gettext_lazy("不需要的类型"), ""),
    ("repeated", gettext_lazy("重复"), ""),
]


@dataclass(frozen=True)
class Count:
    """One line of the figures."""

    label: Promise | str
    number: int
    tone: str = ""


@dataclass(frozen=True)
class Code:
    """A local code for which no standard one is known, and how often it came."""

    source_id: UUID
    code: str
    name: str
    number: int

    @property
    def query(self) -> str:
        """What the form of a new mapping begins with."""
        return urlencode({"source": self.source_id, "local_code": self.code, "local_name": self.name})


@dataclass(frozen=True)
class Report:
    """What a finished trial found."""

    trial: Trial
    looked: int = 0
    counts: list[Count] = field(default_factory=list)
    reasons: list[Count] = field(default_factory=list)
    unmapped: list[Code] = field(default_factory=list)
    codes: int = 0

    @property
    def has_passed(self) -> bool:
        """Whether it passed."""
        return self.trial.state == Trial.State.PASSED


def report_of(trial: Trial) -> Report:
    """The report of a finished trial; of a test of the connection only the sentence."""
    facts = trial.facts
    if trial.kind != Trial.Kind.REHEARSAL or "looked" not in facts:
        return Report(trial)
    return Report(
        trial,
        looked=facts["looked"],
        counts=_counts(facts),
        reasons=[Count(shown(said), number) for _reason, said, number in facts["reasons"]],
        unmapped=[Code(trial.source_id, *one) for one in facts["unmapped"]],
        codes=facts["unmapped_codes"],
    )


def _counts(facts: dict[str, Any]) -> list[Count]:
    """Every count that is not nought, what would be held by its reason."""
    labels = dict(Held.Reason.choices)
    plain = [Count(label, facts[name], tone) for name, label, tone in COUNTS if facts[name]]
    held = [Count(labels.get(reason, reason), number, "warn") for reason, number in facts["held"].items()]
    return [*plain, *held]
