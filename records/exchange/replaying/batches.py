"""A batch of messages as they are understood today, compared with what is recorded of them, table by table."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from records.exchange import folding
from records.exchange import values as said
from records.exchange.bench import Bench
from records.exchange.mapping import MAPPINGS
from records.exchange.mistakes import MISTAKES
from records.exchange.models import InboundKey
from records.exchange.problems import CannotApply
from records.exchange.recording import MODELS, values
from records.exchange.replaying import critical, rows
from records.exchange.replaying.comparing import Change, Nature, columns_of, compare
from records.exchange.transactions import whole_source
from records.exchange.values import Facts, Opened
from records.models import Observation

logger = logging.getLogger(__name__)

FACTS: dict[str, type[Facts]] = {
    "Encounter": said.EncounterFacts,
    "Observation": said.ObservationFacts,
    "DiagnosticReport": said.ReportFacts,
    "Condition": said.ConditionFacts,
    "MedicationRequest": said.MedicationFacts,
    "MedicationStatement": said.MedicationFacts,
    "AllergyIntolerance": said.AllergyFacts,
    "Immunization": said.ImmunizationFacts,
    "Procedure": said.ProcedureFacts,
    "ImagingStudy": said.ImagingFacts,
    # A form may also be a check-up (ExaminationFacts): what it says decides.
    "QuestionnaireResponse": said.FollowUpFacts,
    "DocumentReference": said.DocumentFacts,
    "Composition": said.DocumentFacts,
}


def compared(
    batch: Sequence[InboundKey], opened: Opened, bench: Bench, *, lower: bool, write: bool
) -> dict[InboundKey, list[Change]]:
    """What each message of a batch that has a record differs in; with `write`, its rows are renewed."""
    changes: dict[InboundKey, list[Change]] = {}
    understood: dict[type[Facts], list[tuple[InboundKey, Sequence[Facts]]]] = defaultdict(list)
    for key in batch:
        if key.state != InboundKey.State.APPLIED or key.kind not in MAPPINGS or key.resident_id is None:
            continue
        facts = _understood(key, opened, bench)
        if isinstance(facts, Change):
            changes[key] = [facts]
        else:
            understood[type(facts[0]) if facts else FACTS[key.kind]].append((key, facts))
    with whole_source(bench.source.pk):
        for facts_type, some in understood.items():
            changes |= _compare_kind(facts_type, some, bench, lower=lower, write=write)
    return changes


def _understood(key: InboundKey, opened: Opened, bench: Bench) -> Sequence[Facts] | Change:
    """What a message says today, or why it says nothing."""
    content = opened.get(key.pk)
    if content is None:
        return Change(Nature.UNOPENED)
    try:
        return MAPPINGS[key.kind](content.resource, bench.frame(content.neighbours)).rows
    except CannotApply:
        return Change(Nature.REFUSED)
    except MISTAKES as mistake:
        logger.error("message %s cannot be read again: %s", key.pk, type(mistake).__name__)
        return Change(Nature.REFUSED)


def _compare_kind(
    facts_type: type[Facts],
    some: Sequence[tuple[InboundKey, Sequence[Facts]]],
    bench: Bench,
    *,
    lower: bool,
    write: bool,
) -> dict[InboundKey, list[Change]]:
    """Messages of one kind, whose rows are in one table."""
    model, columns = MODELS[facts_type], columns_of(facts_type)
    known = rows.recorded(model, [key for key, _ in some], columns)
    changes: dict[InboundKey, list[Change]] = {}
    renewals: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    people: dict[UUID, UUID] = {}
    to_call: list[UUID] = []
    for key, facts in some:
        old = known.get(key.pk, [])
        today = [values(one, key, key.resident_id, bench) for one in facts] if key.resident_id else []
        found = compare(today, old, columns, lower=lower)
        to_call += critical.held(key, today, old, found, bench) if model is Observation else []
        changes[key] = found.changes
        people |= {row["id"]: row["resident_id"] for row in old}
        renewals |= {(row_id, people[row_id]): renewal for row_id, renewal in found.renewals.items()}
    if write and renewals:
        rows.renew(model, renewals)
        critical.call(people, to_call)
        if model in folding.CONCERNED:
            folding.due({person for _row, person in renewals})
    return changes
