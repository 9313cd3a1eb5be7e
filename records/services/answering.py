"""What people answer: yes is kept and shown, no opens a dispute with a due date at the facility."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from foundation.dated import setting
from records.disputes import asking as disputes
from records.models import Dispute, ServiceQuestion
from records.presenters import facts
from records.provenance import Provenance
from records.querysets import RecordQuerySet
from records.services.asking import MODELS
from residents import answers, questions
from residents.access import Viewer, record_event
from residents.models import Notice, SmsReply

LISTED = "records.list_service_questions"
ANSWERED = "records.answered_service_question"
READS = (LISTED, ANSWERED)
Answer, Meaning = ServiceQuestion.Answer, SmsReply.Meaning
SHOWN = 50
CODES = (10, 14)  # those of visits and offers are others
REMEMBERED = timedelta(days=180)  # so long somebody may still say that they want no more questions
WORDS: dict[str, str] = {
    **dict.fromkeys(("1", "属实", "是", "是的", "有"), Meaning.YES),
    **dict.fromkeys(("2", "没有", "否", "不属实", "不是"), Meaning.NO),
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


class ServiceQuestions:
    """What a telephone may say about services, for `residents.answers`."""

    def open_on(self, index: bytes, now: datetime) -> list[answers.Question]:
        """The questions that went to this number and are not answered."""
        people = questions.asked_on(index, Notice.Kind.SERVICE_ASKED, now - REMEMBERED)
        open_ = ServiceQuestion.objects.filter(resident_id__in=people, answer="", texted=True, closes_at__gt=now)
        return [
            answers.Question(
                subject=question.pk,
                code=answers.code_of(question.pk, *CODES),
                asked_at=question.asked_at,
                label=_("服务核实"),
                words=WORDS,
                take=partial(_take, question.pk),
            )
            for question in open_
        ]

    def last_asked(self, index: bytes, now: datetime) -> datetime | None:
        """When this number was asked about a service last."""
        people = questions.asked_on(index, Notice.Kind.SERVICE_ASKED, now - REMEMBERED)
        asked = ServiceQuestion.objects.filter(resident_id__in=people, texted=True).order_by("-asked_at")
        return asked.values_list("asked_at", flat=True).first()

    def stop(self, said: answers.Said) -> None:
        """Nobody of whom this number was asked is asked by SMS again."""
        people = questions.asked_on(said.index, Notice.Kind.SERVICE_ASKED, said.now - REMEMBERED)
        questions.stop_asking(people, Notice.Kind.SERVICE_ASKED, said.now)


def _take(question_id: UUID, meaning: str, said: answers.Said) -> str:
    question = ServiceQuestion.objects.select_for_update().filter(pk=question_id, answer="").first()
    if question is None:
        return Meaning.UNASKED
    question.answer, question.via, question.answered_at = meaning, ServiceQuestion.Via.SMS, said.now
    question.dispute = _contest(question, said.now) if meaning == Meaning.NO else None
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
