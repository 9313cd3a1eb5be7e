"""When a row may be read: the built-in floor, the policies of the county and its facilities, and critical results.

Pure, but for `holds`: everything that is asked is in the row and in the rules, so the same row is decided alike when
it arrives and when a policy changes (`reviewing`). Which reports wait with a critical result, or with the same one of
another feed, is not written down anywhere: the database works it out at each look (`app.held_reports`), so it does not
matter which of them arrives first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Q

from foundation.dated import register, setting
from records.exchange import sensitivity
from records.exchange.models import CriticalLimit, ReleasePolicy
from records.exchange.transactions import alias
from records.models import Observation, Report
from records.provenance import Provenance
from records.release import SPECIAL, Release

HOURS = register("records.critical_hours", 24, "危急值最多推迟多少小时给本人看（0 表示一直等到医生联系过）")
HISTORY_DAYS = register("records.critical_days", 30, "多少天以前测的危急值算历史，收到时不再推迟")

What, Decision = ReleasePolicy.What, ReleasePolicy.Decision
STRICTNESS = {Decision.RELEASED: 0, Decision.PENDING: 1, Decision.WITHHELD: 2, Decision.SPECIAL: 3}
SPECIFIC = {what: place for place, what in enumerate(What)}
EVERY = "all"
CRITICAL = {Observation.Flag.CRITICAL_LOW, Observation.Flag.CRITICAL_HIGH}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """The policies and critical limits in force, read once for many rows."""

    policies: Sequence[ReleasePolicy] = ()
    limits: Sequence[CriticalLimit] = ()
    hours: int = 24
    history: timedelta = field(default=timedelta(days=30))

    @classmethod
    def at(cls, now: datetime) -> "Rules":
        """The rules in force at `now`."""
        live = Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
        return cls(
            policies=list(ReleasePolicy.objects.filter(live)),
            limits=list(CriticalLimit.objects.filter(live)),
            hours=setting(HOURS, now),
            history=timedelta(days=setting(HISTORY_DAYS, now)),
        )


@dataclass(frozen=True)
class Verdict:
    """How a row is released."""

    decision: ReleasePolicy.Decision
    until: datetime | None = None
    policy: UUID | None = None

    def columns(self, sensitivity: int) -> dict[str, Any]:
        """The row's columns; what is of level 5 is collected at the facility, too."""
        special = self.decision == Decision.SPECIAL
        return {
            "sensitivity": SPECIAL if special else sensitivity,
            "release": Release.WITHHELD.value if special else Release(self.decision).value,
            "release_at": self.until,
            "ruled_by": self.policy,
        }


def columns(model: type[Provenance], row: Row, rules: Rules, now: datetime) -> dict[str, Any]:
    """How a row just understood is released: what its mapping found is the floor."""
    floor = floor_of(model, row, rules, now, critical=is_critical(model, row, rules))
    return decided(model, row, floor, rules, now).columns(row["sensitivity"])


def floor_of(model: type[Provenance], row: Row, rules: Rules, now: datetime, *, critical: bool) -> Verdict:
    """What no policy lowers: special diseases, first pathology reports, critical results."""
    if row["sensitivity"] >= SPECIAL:
        return Verdict(Decision.SPECIAL)
    if row["release"] == Release.WITHHELD:
        return Verdict(Decision.WITHHELD)
    return Verdict(Decision.PENDING, told_by(row["received_at"], rules.hours, now)) if critical else FREE


FREE = Verdict(Decision.RELEASED)


def told_by(received_at: datetime, hours: int, now: datetime) -> datetime | None:
    """When a critical result opens by itself; what waited for its patient gets its hours from now on. None: never."""
    if not hours:
        return None
    by = received_at + timedelta(hours=hours)
    return by if by > now else now + timedelta(hours=hours)


def decided(model: type[Provenance], row: Row, floor: Verdict, rules: Rules, now: datetime) -> Verdict:
    """The floor, or the policy that fits best where it is stricter."""
    fitting = [policy for policy in rules.policies if fits(policy, model, row)]
    best = max(fitting, key=_rank, default=None)
    if best is None:
        return floor
    decision, until = Decision(best.decision), None
    if decision == Decision.PENDING and best.hours:
        until = row["received_at"] + timedelta(hours=best.hours)
        decision = Decision.PENDING if until > now else Decision.RELEASED
    stricter = STRICTNESS[decision] > STRICTNESS[floor.decision]
    return Verdict(decision, until if decision == Decision.PENDING else None, best.pk) if stricter else floor


def _rank(policy: ReleasePolicy) -> tuple[int, int, bool, int]:
    """The most specific wins, then a facility's over the county's, then the stricter."""
    what, decision = What(policy.what), Decision(policy.decision)
    return SPECIFIC[what], len(policy.value), policy.facility_id is not None, STRICTNESS[decision]


def fits(policy: ReleasePolicy, model: type[Provenance], row: Row) -> bool:
    """Whether a policy speaks of a row; only of what is stored in its columns."""
    if policy.facility_id is not None and policy.facility_id != row["facility_id"]:
        return False
    value = policy.value
    if policy.what in {What.CATEGORY, What.PRELIMINARY}:
        wanted = model is Report and value in {row["category"], EVERY}
        return wanted and (policy.what == What.CATEGORY or row["status"] == Report.Status.PRELIMINARY)
    if policy.what == What.WORD:
        return any(value.lower() in str(row.get(name, "")).lower() for name in ("name", "title", "reason"))
    if policy.what == What.LOCAL:
        return str(row.get("local_code", "")).upper().startswith(value.upper())
    code, system = str(row.get("code", "")), str(row.get("code_system", ""))
    if policy.what == What.DISEASE:
        return sensitivity.is_icd(system) and code.upper().startswith(value.upper())
    return bool(code) and code == value


def is_critical(model: type[Provenance], row: Row, rules: Rules) -> bool:
    """Whether a doctor tells it first: marked so by the laboratory, or beyond a limit, and not long past."""
    if model is not Observation or row["withdrawn_at"] is not None:
        return False
    measured = row["occurred_at"]
    if measured is not None and measured < row["received_at"] - rules.history:
        return False
    return row["flag"] in CRITICAL or any(_beyond(limit, row) for limit in rules.limits)


def _beyond(limit: CriticalLimit, row: Row) -> bool:
    """Whether a value has reached a limit for its code, in exactly its unit; a comparator is taken at its word."""
    number: Decimal | None = row["value_number"]
    here = limit.facility_id is None or limit.facility_id == row["facility_id"]
    same = limit.code == row["code"] and limit.unit in {row["unit"], row["unit_code"]}
    if number is None or not here or not same:
        return False
    sign = row["comparator"][:1]
    low = limit.low is not None and sign != ">" and number <= limit.low
    high = limit.high is not None and sign != "<" and number >= limit.high
    return low or high


def inherit(made: Iterable[Provenance], replaced: Iterable[Provenance]) -> list[Observation]:
    """A new version that says the same of a result is not held anew: the person was told, or is being called.

    Returns those that are shown for that reason.
    """
    shown = []
    before = {(row.part, row.value_text, row.unit): row for row in replaced if isinstance(row, Observation)}
    for row in made:
        if not isinstance(row, Observation) or row.release != Release.PENDING or row.ruled_by is not None:
            continue
        old = before.get((row.part, row.value_text, row.unit))
        if old is None or old.resident_id != row.resident_id or old.ruled_by is not None:
            continue
        if old.release == Release.RELEASED:
            row.release, row.release_at = Release.RELEASED, old.release_at
            shown.append(row)
        elif old.release == Release.PENDING and old.release_at and row.release_at:
            row.release_at = min(old.release_at, row.release_at)
    return shown


def holds(reports: Sequence[Report]) -> set[UUID]:
    """Which of these reports, written or about to be, name a result that waits, through whichever feed: no news yet."""
    if not reports:
        return set()
    with connections[alias()].cursor() as cursor:
        people = sorted({report.resident_id for report in reports})
        cursor.execute("SELECT resident_id, source_id, identifier FROM app.held_results_of(%s::uuid[])", [people])
        waiting = set(cursor.fetchall())
    return {
        report.id
        for report in reports
        if any((report.resident_id, report.source_id, name) in waiting for name in report.item_identifiers)
    }
