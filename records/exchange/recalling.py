"""Recalled messages while they are applied: a later version stays hidden, or goes to whom it was decided to belong.

A recall is started and decided over the web (`app.start_recall`, `app.decide_recall`), which hides at once; the worker
carries out what was decided (`recall_sweep`). Here is what a message asks on its way in, under the locks of `applying`.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from foundation.rowsecurity import asked
from records.exchange.claims import Claim
from records.exchange.models import InboundKey, Recall, RecallCover, RecallDecision, RecallPerson
from records.models import Report
from residents.models import Notice

State, Part = Recall.State, RecallPerson.Part
BY_MESSAGE = "机构更正的消息"
SAYS_ANOTHER = "机构重新发送了这条消息，写明属于另一位居民。"


def hide(recall_id: UUID) -> int:
    """Hide every row of a recall that is not hidden yet; returns how many that were."""
    return int(asked("SELECT app.hide_recalled(%s)", [recall_id]))


def right_person(recall_id: UUID | None) -> UUID | None:
    """To whom the versions of a recalled message belong by decision; None where nobody has decided that."""
    if recall_id is None:
        return None
    named = RecallPerson.objects.filter(recall_id=recall_id, part=Part.RIGHT, ended_at=None)
    return named.filter(recall__state=State.MOVED).values_list("resident_id", flat=True).first()


def follow(claimed: Claim, resident_id: UUID, now: datetime) -> None:
    """After a version of a recalled message was written, within its transaction: what was decided holds for it too."""
    if claimed.recall_id is None:
        return
    recall = Recall.objects.select_for_update().get(pk=claimed.recall_id)
    if recall.state == State.UNFOUNDED:
        return
    if recall.state == State.MOVED:
        _follow_the_move(recall, claimed.key, resident_id, now)
        return
    if _is_itself(recall, claimed.key):
        _hear(recall, resident_id, now)
    hide(recall.pk)


def _is_itself(recall: Recall, key: InboundKey) -> bool:
    """Whether this is the message that was recalled, not an item or another feed's word of the same."""
    return (key.source_id, key.kind, key.identifier) == (recall.source_id, recall.kind, recall.identifier)


def _hear(recall: Recall, resident_id: UUID, now: datetime) -> None:
    """A version names somebody: known already, or a suggestion; where the facility said it would, the decision."""
    if RecallPerson.objects.filter(recall=recall, resident_id=resident_id, part=Part.SHOWN).exists():
        return
    RecallPerson.objects.get_or_create(
        recall=recall, resident_id=resident_id, part=Part.SUGGESTED, ended_at=None, defaults={"found_at": now}
    )
    if not recall.expects_correction or recall.state != State.OPEN:
        return
    rights = RecallPerson.objects.filter(recall=recall, part=Part.RIGHT, ended_at=None)
    rights.update(ended_at=now)
    rights.create(recall=recall, resident_id=resident_id, part=Part.RIGHT, found_at=now)
    RecallDecision.objects.create(
        recall=recall,
        facility_id=recall.facility_id,
        number=recall.decisions.count() + 1,
        verdict=RecallDecision.Verdict.MOVE,
        reason=SAYS_ANOTHER,
        decided_at=now,
        decided_name=BY_MESSAGE,
    )
    Recall.objects.filter(pk=recall.pk).update(state=State.MOVED, carried_out_at=None)


def _follow_the_move(recall: Recall, key: InboundKey, resident_id: UUID, now: datetime) -> None:
    """Items that only this version names may have come before it, and gone to the wrong person: they are moved too."""
    if key.kind != "DiagnosticReport":
        return
    rows = Report.objects.filter(source_id=key.source_id, identifier=key.identifier, resident_id=resident_id)
    named = {name for items in rows.values_list("item_identifiers", flat=True) for name in items}
    # The person hears in other words that the report was returned; this line leads to it, and nothing more is sent.
    if RecallPerson.objects.filter(recall=recall, part=Part.RIGHT, ended_at=None, told_of="").exists():
        news = Notice.objects.filter(resident_id=resident_id, subject_id__in=rows.values("id"))
        news.filter(told_at=None).update(told_at=now)
    astray = InboundKey.objects.filter(source_id=key.source_id, kind="Observation", identifier__in=named)
    astray = astray.filter(~Q(resident_id=resident_id), state=InboundKey.State.APPLIED)
    names = set(astray.values_list("identifier", flat=True))
    if names:
        RecallCover.objects.bulk_create(
            [
                RecallCover(recall=recall, source_id=key.source_id, kind="Observation", identifier=name)
                for name in names
            ],
            ignore_conflicts=True,
        )
        Recall.objects.filter(pk=recall.pk).update(carried_out_at=None)
