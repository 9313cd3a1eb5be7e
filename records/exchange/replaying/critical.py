"""Results that turn out to be critical when they are read again: held where nobody has opened them, else called about.

Only what is critical because of how it is understood today, and was measured lately: nobody is called about last year.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from records.exchange import alerting
from records.exchange.bench import Bench
from records.exchange.models import InboundKey
from records.exchange.recording import record_identifier
from records.exchange.releasing import is_critical
from records.exchange.replaying.comparing import RELEASE, Change, Compared, Nature, Row, pairs
from records.exchange.replaying.rows import ENDED
from records.models import Observation
from records.release import Release


def held(key: InboundKey, today: Sequence[Row], recorded: Sequence[Row], found: Compared, bench: Bench) -> list[UUID]:
    """Hold what nobody has opened, with the renewals of `found`; returns the rows about which somebody is to call."""
    to_call = []
    for new, old in _newly_critical(today, recorded, found.renewals, bench):
        opened = alerting.was_opened(old["resident_id"], key.source_id, record_identifier(key))
        if opened or alerting.was_opened_elsewhere(old["resident_id"], old["id"]):
            found.changes.append(Change(Nature.RAISED, "critical"))
            to_call.append(old["id"])
        else:
            found.changes.append(Change(Nature.RAISED, "release", old["release"], new["release"]))
            found.renewals[old["id"]] |= {name: new[name] for name in RELEASE}
    return to_call


def _newly_critical(
    today: Sequence[Row], recorded: Sequence[Row], renewals: Mapping[UUID, Row], bench: Bench
) -> Iterator[tuple[Row, Row]]:
    for new, old in pairs(today, recorded):
        renewal = renewals.get(old["id"])
        if renewal is None or "release" in renewal or not _is_shown(old):
            continue
        waits = new["release"] == Release.PENDING and new["ruled_by"] is None
        if waits and _is_recent(new, bench) and not is_critical(Observation, {**new, **old}, bench.rules):
            yield new, old


def _is_shown(old: Row) -> bool:
    """Shown now, or by itself after the hours of a policy; what waits without a policy waits for a doctor already."""
    put_off = old["release"] == Release.PENDING and old["ruled_by"] is not None
    return (old["release"] == Release.RELEASED or put_off) and all(old[name] is None for name in ENDED)


def _is_recent(new: Row, bench: Bench) -> bool:
    measured = new["occurred_at"]
    return measured is None or measured >= bench.now - bench.rules.history


def call(people: Mapping[UUID, UUID], rows: Iterable[UUID]) -> None:
    """Ask doctors to call about these rows, by whose they are."""
    for row_id in rows:
        alerting.ask_for_call(people[row_id], row_id)
