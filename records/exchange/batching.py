"""The fast lane: the simple messages of a batch applied in one transaction, with a handful of statements for all.

A message is simple where nothing has to be decided about it: it can be understood, it is the only version of its
message, and its patient is known. Whatever is not simple, and a whole batch in which something goes wrong, is left to
`applying`, one by one, which decides what becomes of it. So this lane only ever does what that one would have done.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Model

from records.exchange import (
    claims,
    copying,
    folding,
    ledger,
    leftovers,
    linking,
    moving,
    originals,
    recording,
    releasing,
)
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.mapping import MAPPINGS
from records.exchange.mistakes import MISTAKES
from records.exchange.models import InboundKey
from records.exchange.problems import CannotApply, Reason
from records.exchange.transactions import whole_source
from records.exchange.values import Mapped, Opened, ReportFacts
from records.models import Report, ReportAttachment
from residents.messages import notify_all
from residents.models import Notice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Simple:
    """A message that may be applied with others: its line claimed, what it says, and whose it is."""

    claimed: Claim
    mapped: Mapped
    resident_id: UUID


def apply_together(keys: Sequence[InboundKey], contents: Opened, bench: Bench) -> set[UUID]:
    """Apply what is simple among waiting lines whose attempt has been counted; returns the ids of those applied."""
    patients = [key for key in keys if key.kind == "Patient"]
    others = [key for key in keys if key.kind != "Patient"]
    try:
        return {*_patients(patients, contents, bench), *_others(others, contents, bench)}
    except MISTAKES as mistake:
        # Never the text of the exception: a database error repeats the row.
        logger.error("a batch of %s messages goes one by one: %s", len(keys), type(mistake).__name__)
        return set()


def _patients(keys: Sequence[InboundKey], contents: Opened, bench: Bench) -> Iterable[UUID]:
    arrived = linking.understood(keys, contents, bench)
    if not arrived:
        return ()
    with whole_source(bench.source.pk):
        found = claims.claim_all([(key, "") for key in arrived])
        # A patient who was held is tried again because staff have decided something: not for a batch.
        new = {one.key: arrived[one.key] for one in found if not one.has_other_versions and one.held_id is None}
        residents = linking.link_all(new, bench)
        claims.settle(residents)
    return residents


def _others(keys: Sequence[InboundKey], contents: Opened, bench: Bench) -> Iterable[UUID]:
    understood = _understood(keys, contents, bench)
    if not understood:
        return ()
    with whole_source(bench.source.pk):
        simple = _simple(understood)
        _write(simple, bench)
        _resolve(simple, bench)
        residents = {one.claimed.key.pk: one.resident_id for one in simple}
        claims.settle(residents)
    return residents


def _understood(keys: Iterable[InboundKey], contents: Opened, bench: Bench) -> list[tuple[InboundKey, Mapped]]:
    """The lines whose messages can be understood and name a patient by the facility's own number."""
    found = []
    for key in keys:
        content = contents.get(key.pk)
        if content is None:
            continue
        try:
            mapped = MAPPINGS[key.kind](content.resource, bench.frame(content.neighbours))
        except (CannotApply, *MISTAKES):
            continue
        if mapped.subject.identifier and not mapped.subject.document_number:
            found.append((key, mapped))
    return found


def _simple(understood: Sequence[tuple[InboundKey, Mapped]]) -> list[Simple]:
    """Those about which nothing is to be decided; whose identity was in question, staff have decided something."""
    mapped = {key.pk: one for key, one in understood}
    found = claims.claim_all([(key, one.subject.identifier) for key, one in understood])
    return [
        Simple(one, mapped[one.key.pk], one.resident_id)
        for one in found
        if one.resident_id is not None
        and not one.has_other_versions
        and one.held_reason != Reason.IDENTITY_CONFLICT
        and one.recall_id is None
    ]


def _write(simple: Sequence[Simple], bench: Bench) -> None:
    """Write the rows of all messages, each table in one statement, and tell people of their new reports."""
    by_model: dict[type[Model], list[dict[str, Any]]] = defaultdict(list)
    printed: list[tuple[ReportFacts, dict[str, Any]]] = []
    for one in simple:
        for facts in one.mapped.rows:
            row = recording.values(facts, one.claimed.key, one.resident_id, bench)
            by_model[recording.MODELS[type(facts)]].append(row)
            if isinstance(facts, ReportFacts) and facts.originals:
                printed.append((facts, row))
    for model, rows in by_model.items():
        _copy(model, rows)
    if printed:  # opened and sealed one by one, while they are written
        _copy(ReportAttachment, (one for facts, row in printed for one in originals.rows(facts, row)))
    concerned = {row["resident_id"] for model in leftovers.CONCERNED for row in by_model[model]}
    names = {model: {row["identifier"] for row in by_model[model]} for model in leftovers.CONCERNED}
    if concerned and leftovers.settle(bench.source.pk, concerned, names, bench.now):
        moving.follow(bench.source.pk, concerned, bench.now)
    touched = {row["resident_id"] for model in folding.CONCERNED for row in by_model[model]}
    folding.mark(touched, bench)
    news = [report for row in by_model[Report] if recording.is_news(report := Report(**row), bench)]
    held = releasing.holds(news)
    about = [(report.resident_id, report.id) for report in news if report.id not in held]
    notify_all(about, kind=Notice.Kind.REPORT_READY, now=bench.now)


def _copy(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    defaults = _defaults(model)
    copying.write(model, tuple(defaults), (tuple((defaults | row).values()) for row in rows))


@cache
def _defaults(model: type[Model]) -> dict[str, Any]:
    """A table's columns with their values where a message has none."""
    return {item.attname: item.get_default() for item in model._meta.concrete_fields}


def _resolve(simple: Sequence[Simple], bench: Bench) -> None:
    """What was held has been applied after all."""
    by_reason: dict[bool, list[UUID]] = defaultdict(list)
    for one in simple:
        if one.claimed.held_id:
            by_reason[one.claimed.held_reason == Reason.UNKNOWN_SUBJECT].append(one.claimed.held_id)
    for late, ids in by_reason.items():
        ledger.resolve(ids, bench.now, late=late)
