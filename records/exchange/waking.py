"""Letting what waited for a patient be applied, once it is known whose the patient's number is."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from records.exchange import joining, newborns
from records.exchange.disagreements import Question
from records.exchange.models import Held, IdentityCase, InboundKey, SourcePatient
from records.exchange.numbers import Number
from records.exchange.problems import Reason
from residents.documents import Document

# Why a message waits that is applied by itself once its patient is known.
WAITS = (Reason.UNKNOWN_SUBJECT, Reason.NO_IDENTIFIER, Reason.NEWBORN)
_INDEX = re.compile(r"index:((?:[0-9a-f]{2})+)")
PERHAPS_A_BABYS = (
    "这个患者编号下来过新生儿的信息，这项结果可能是新生儿的，没有自动入档。"
    "请与机构核对：确定是现在这位患者的，点“重新处理”；不是的，请机构用新生儿自己的编号重新发送。"
)


def wake_all(source_id: UUID, linked: Mapping[str, Document | None]) -> None:
    """Let messages that waited for these patient numbers, or documents, be applied.

    They are marked resolved when they have been. What came since a baby came under the number of somebody who is none
    waits on, and says so: nobody but people can tell whose it is.
    """
    named = Q(source_id=source_id, subject_reference__in=list(linked))
    numbered = Q(subject_reference__in=[by_index(document) for document in linked.values() if document])
    doubtful = _perhaps_babies(source_id, linked)
    for held in (Held.objects.filter(named | numbered), *joining.waiting(source_id, linked)):
        waiting = held.filter(reason__in=WAITS, resolved_at=None)
        _wake(waiting.exclude(doubtful) if doubtful else waiting)
    if doubtful:
        Held.objects.filter(doubtful, named, reason__in=WAITS, resolved_at=None).update(explanation=PERHAPS_A_BABYS)


def wake(linked: Iterable[Number], document: Document | None) -> None:
    """The same for numbers of one or several sources, and the document of their resident."""
    by_source: dict[UUID, dict[str, Document | None]] = defaultdict(dict)
    for number in linked:
        by_source[number.source_id][number.identifier] = document
    for source_id, some in by_source.items():
        wake_all(source_id, some)


def by_index(document: Document) -> str:
    """How a held message that names a person only by number says whom it waits for, without the number."""
    return f"index:{document.index.hex()}"


def index_in(reference: str) -> bytes | None:
    """The index in what `by_index` wrote; None for a patient's number, whatever it looks like."""
    found = _INDEX.fullmatch(reference)
    return bytes.fromhex(found[1]) if found else None


def _wake(waiting: QuerySet[Held]) -> None:
    InboundKey.objects.filter(pk__in=waiting.values("key_id"), state=InboundKey.State.HELD).update(
        state=InboundKey.State.WAITING, attempts=0
    )


def _perhaps_babies(source_id: UUID, linked: Iterable[str]) -> Q:
    """What waits under these numbers since a baby was one of their patients, where they lead to somebody grown."""
    asked = IdentityCase.objects.filter(source_id=source_id, patient__in=list(linked), question=Question.NEWBORN)
    found = Q()
    for patient, since in asked.values_list("patient", "opened_at"):
        if not _is_a_baby(source_id, patient, since):
            found |= Q(subject_reference=patient, held_at__gte=since)
    return found


def _is_a_baby(source_id: UUID, patient: str, then: datetime) -> bool:
    stands = SourcePatient.objects.filter(source_id=source_id, identifier=patient, unlinked_at=None)
    born = stands.values_list("resident__birth_date", flat=True).first()
    return born is not None and newborns.is_recent(born, then)
