"""What people answer: yes is kept and shown, no opens a dispute with a due date at the facility."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404

from foundation.dated import setting
from records.disputes import asking as disputes
from records.exchange.transactions import alias
from records.models import Dispute, ServiceQuestion
from records.presenters import facts
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from records.services.asking import MODELS
from residents import questions
from residents.access import Viewer, record_event
from residents.models import Notice, SmsReply

LISTED = "records.list_service_questions"
ANSWERED = "records.answered_service_question"
READS = (LISTED, ANSWERED)
Answer, Meaning = ServiceQuestion.Answer, SmsReply.Meaning
SHOWN = 50
AT_ONCE = 100
REMEMBERED = timedelta(days=180)  # so long somebody may still say that they want no more questions
WORDS: dict[str, str] = {
    **dict.fromkeys(("1", "属实", "是", "是的", "有"), Meaning.YES),
    **dict.fromkeys(("2", "没有", "否", "不属实", "不是"), Meaning.NO),
    **dict.fromkeys(("t", "td", "退订", "n", "stop"), Meaning.STOP),
}


def questions_of(viewer: Viewer, *, now: datetime) -> Sequence[ServiceQuestion]:
    """What was asked of the person, the unanswered and the newest first; one line in the access log."""
    disputes.own_word(viewer)
    mine = ServiceQuestion.objects.filter(resident_id=viewer.resident_id).order_by("answered_at", "-asked_at")
    found = list(mine.order_by(F("answered_at").desc(nulls_first=True), "-asked_at")[:SHOWN])
    record_event(viewer=viewer, action=LISTED, now=now)
    return found


def question_for(viewer: Viewer, question_id: UUID) -> ServiceQuestion:
    """One question to the viewer's person; 404 for anybody else's."""
    disputes.own_word(viewer)
    return get_object_or_404(ServiceQuestion, pk=question_id, resident_id=viewer.resident_id)


def answer(*, viewer: Viewer, question: ServiceQuestion, said: str, now: datetime) -> bool:
    """Keep an answer given in the portal; False where it was answered before. "No" opens a dispute."""
    disputes.own_word(viewer)
    waiting = ServiceQuestion.objects.filter(pk=question.pk, answer="")
    if not waiting.update(answer=said, via=ServiceQuestion.Via.PORTAL, answered_at=now, answered_by=viewer.account_id):
        return False
    record_event(viewer=viewer, action=ANSWERED, now=now, facility_id=question.facility_id)
    row = _entry(question) if said == Answer.NO else None
    if row is not None:
        contested = disputes.entry_for(viewer, question.kind, row.id)
        try:
            dispute = disputes.ask(
                viewer=viewer, contested=contested, reason=Dispute.Reason.NOT_DONE, words="", now=now
            )
        except disputes.TooMany:
            return True
        ServiceQuestion.objects.filter(pk=question.pk).update(dispute=dispute)
    return True


def read_replies(now: datetime) -> int:
    """Understand what came back by SMS, each reply once; what it said is emptied. Returns how many replies."""
    with transaction.atomic(using=alias()):
        waiting = SmsReply.objects.filter(handled_at=None).order_by("received_at", "id")
        replies = list(waiting.select_for_update(skip_locked=True)[:AT_ONCE])
        for reply in replies:
            reply.meaning = _take(reply, now)
            reply.handled_at, reply.phone, reply.text = now, None, None
            reply.save(update_fields=["meaning", "handled_at", "phone", "phone_index", "text"])
    return len(replies)


def meaning_of(text: str) -> str:
    """What an answer means; UNKNOWN for anything but the few words that are offered, and their like."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("。.!！,，、 ").lower()
    return WORDS.get(plain, Meaning.UNKNOWN)


def _take(reply: SmsReply, now: datetime) -> str:
    meaning = meaning_of(reply.text or "")
    people = questions.asked_on(bytes(reply.phone_index or b""), Notice.Kind.SERVICE_ASKED, now - REMEMBERED)
    if meaning == Meaning.STOP:
        questions.stop_asking(people, Notice.Kind.SERVICE_ASKED, now)
        return meaning if people else Meaning.UNASKED
    open_ = ServiceQuestion.objects.filter(resident_id__in=people, answer="", texted=True, closes_at__gt=now)
    question = open_.select_for_update().order_by("-asked_at").first()
    if question is None:
        return Meaning.UNASKED
    if meaning in {Meaning.YES, Meaning.NO}:
        question.answer, question.via, question.answered_at = meaning, ServiceQuestion.Via.SMS, now
        question.dispute = _contest(question, now) if meaning == Meaning.NO else None
        question.save(update_fields=["answer", "via", "answered_at", "dispute"])
    return meaning


def _entry(question: ServiceQuestion) -> Provenance | None:
    """The entry in its newest version, while its person may read it."""
    rows = RecordQuerySet[Provenance](MODELS[ServiceQuestion.Kind(question.kind)]).readable()
    return rows.filter(
        resident_id=question.resident_id, source_id=question.source_id, identifier=question.identifier
    ).first()


def _contest(question: ServiceQuestion, now: datetime) -> Dispute | None:
    """The dispute that a "no" by SMS opens; the one that is open already, or none for an entry that is gone."""
    row = _entry(question)
    if row is None:
        return None
    same = Dispute.objects.filter(
        resident_id=row.resident_id, source_id=row.source_id, kind=question.kind, identifier=row.identifier
    )
    known = same.order_by("-asked_at").first()
    if known is not None and known.is_open:
        return known
    dispute = Dispute(
        resident_id=row.resident_id,
        category="records",
        kind=question.kind,
        subject_id=row.id,
        title=facts.fact(row).title[:300],
        source_id=row.source_id,
        identifier=row.identifier,
        facility_id=row.facility_id,
        facility_name=row.facility_name,
        occurred_at=row.occurred_at,
        reason=Dispute.Reason.NOT_DONE,
        words="",
        asked_at=now,
        due_at=now + timedelta(days=setting(disputes.ANSWER_DAYS, now)),
    )
    dispute.save(force_insert=True)
    return dispute
