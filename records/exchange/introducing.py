"""Patients as their messages introduce them: persons, numbers that others replace, numbers that stand alone again."""

import logging
from uuid import UUID

from records.exchange import merging, numbers, settling, waking
from records.exchange.bench import Bench
from records.exchange.claims import Claim
from records.exchange.disagreements import IdentityConflict
from records.exchange.mapping import parted_from, patient, replaced_by
from records.exchange.models import InboundKey, PatientMerge
from records.exchange.problems import CannotApply
from records.exchange.values import Content
from records.exchange.versions import is_newer, is_outdated

logger = logging.getLogger(__name__)


def introduce(claimed: Claim, content: Content, bench: Bench) -> UUID | None:
    """Apply a Patient: a merge, the end of one, or a person; returns whose the number is, None where it says nothing.

    Raises CannotApply where people have to decide. A person says nothing where a newer version has been linked, or
    speaks against it.
    """
    frame = bench.frame(content.neighbours)
    into = replaced_by(content.resource, frame)
    if into:
        return merging.merge(claimed, into, bench)
    if _is_said_no_more(claimed):
        return None
    said = parted_from(content.resource, frame)
    if said:
        return _part(claimed, content, said, bench)
    _end_what_is_said_no_longer(claimed, bench)
    return settling.link(claimed, patient(content.resource, frame), bench.now)


def _is_said_no_more(claimed: Claim) -> bool:
    """Whether another version that describes a person is newer; of two alike in age, the one that came last counts.

    A message that waited for a number of its own is tried again when that has come, and must not speak against it.
    """
    key, others = claimed.key, _persons(claimed.key) if claimed.has_other_versions else []
    if is_outdated(key, others):
        return True
    waited = claimed.held_reason in waking.WAITS
    return waited and any(one.pk > key.pk and not is_newer(key, one) for one in others)


def _persons(key: InboundKey) -> list[InboundKey]:
    """The other versions that describe a person."""
    return list(InboundKey.objects.filter(merging.versions_of(key)).exclude(pk__in=merging.messages_of(key)).distinct())


def _part(claimed: Claim, content: Content, other: str, bench: Bench) -> UUID | None:
    """Take back a merge because a message says so, and link the person of the message as far as it goes.

    That the merge has ended is so also where the message does not name its person well enough.
    """
    key = claimed.key
    merging.lock_numbers(key.source_id, key.identifier, other)
    found = merging.standing(key.source_id, key.identifier)
    if found is not None and any(step.new == other for step in numbers.merges_from(key.source_id, key.identifier)):
        merging.undo(found, bench, merging.BY_FACILITY, key.pk)
    elif not PatientMerge.objects.filter(source_id=key.source_id, undone_key_id=key.pk).exists():
        # Heard of before the merge itself, which will be older, and do nothing.
        _heard_of_first(key, other, bench)
    try:
        return settling.link(claimed, patient(content.resource, bench.frame(content.neighbours)), bench.now)
    except IdentityConflict as conflict:
        if not conflict.keeps:
            numbers.unlink(key.source_id, key.identifier, bench.now)
    except CannotApply as problem:
        logger.info("message %s ended a merge and says no more: %s", key.pk, problem.reason)
    link = numbers.standing(key.source_id, key.identifier)
    return link.resident_id if link else None


def _heard_of_first(key: InboundKey, new: str, bench: Bench) -> None:
    PatientMerge.objects.create(
        source_id=key.source_id,
        facility_id=bench.source.facility_id,
        old=key.identifier,
        new=new,
        merged_at=bench.now,
        merged_by=merging.BY_FACILITY,
        undone_at=bench.now,
        undone_by=merging.BY_FACILITY,
        undone_key_id=key.pk,
        carried_out_at=bench.now,
    )


def _end_what_is_said_no_longer(claimed: Claim, bench: Bench) -> None:
    """Take back a merge whose Patient stands for itself again, at senders that always say everything (FHIR)."""
    key = claimed.key
    if not claimed.has_other_versions or bench.source.kind not in merging.WHOLE:
        return
    found = merging.standing(key.source_id, key.identifier)
    if found is None or found.key_id is None:
        return
    merging.lock_numbers(key.source_id, found.old, found.new)
    said = InboundKey.objects.filter(pk=found.key_id).first()
    if said is not None and not is_newer(said, key):
        merging.undo(found, bench, merging.BY_FACILITY, key.pk)
