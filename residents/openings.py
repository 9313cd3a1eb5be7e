"""The Python door to what staff open: the database decides, writes the opening, its event and the person's notice.

Each function returns the key of the opening and raises `NotOpened` with a sentence for the person at the desk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from facilities.roles import TREATING
from foundation.dated import register
from foundation.rowsecurity import asked
from residents.documents import Document
from residents.presence import hash_of

# Read by the database (migration 0012).
register("access.guesses", 5, "帮办码或紧急调阅连续对不上多少次后要等一等")
register("access.guess_minutes", 15, "帮办码或紧急调阅连续对不上后要等多少分钟")

SHORTEST_REASON = 5


OWN_CARD = gettext_noop(
    "这张帮办卡是您自己打印的，您用它只能约号和退号。打印结果、讲解档案，请居民说一个帮办码，或者请同事来办。"
)


class NotOpened(Exception):
    """Nothing was opened; the text says why, and what to do instead."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from, for the access log."""

    address: str | None
    reference: str


def open_for_care(*, resident_id: UUID, facility_id: UUID, reason: str, origin: Origin) -> UUID:
    """Open a person of one's own catchment, or with a live booking or contract here."""
    opened: UUID | None = asked(
        "SELECT app.open_person(%s, %s, 'care', %s, %s, %s)",
        [resident_id, facility_id, reason, origin.address, origin.reference],
    )
    if opened is None:
        raise NotOpened(_("这位居民不属于本机构的服务范围，现在也没有在本机构的预约或签约，不能打开。"))
    return opened


def open_in_emergency(
    *, document: Document | None, name: str, born: date | None, facility_id: UUID, reason: str, origin: Origin
) -> UUID:
    """Open anybody, named exactly: by document number, or by full name and birth date. Doctors only; all is told."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise NotOpened(_("请写明紧急情况，至少5个字。"))
    _refuse_when_waiting("residents.refused_emergency")
    every = _every(document)
    opened: UUID | None = asked(
        "SELECT app.open_in_emergency(%s, %s::bytea[], %s, %s, %s, %s, %s, %s)",
        [
            document.kind if document else "",
            every,
            name,
            born,
            facility_id,
            reason,
            origin.address,
            origin.reference,
        ],
    )
    if opened is None:
        raise NotOpened(_("没有找到唯一对应的居民。请核对后再试；姓名相同的人可能不止一位，有证件请用证件号码。"))
    return opened


def open_at_the_counter(*, document: Document, facility_id: UUID, origin: Origin) -> UUID:
    """Open the person whose document lies in the reader: for identity and booking, never health data."""
    for index in _every(document):
        opened: UUID | None = asked(
            "SELECT app.open_by_document(%s, %s, %s, %s, %s)",
            [document.kind, index, facility_id, origin.address, origin.reference],
        )
        if opened is not None:
            return opened
    raise NotOpened(_("没有这个证件号码的居民，请先登记。"))


def open_assisted(*, code: str, facility_id: UUID, tasks: Sequence[str], origin: Origin) -> UUID:
    """Open the person who is present and showed a card or said a code, for some tasks."""
    _refuse_when_waiting("residents.refused_assist")
    shown = hash_of(code)
    opened: UUID | None = asked(
        "SELECT app.open_assisted(%s, %s, %s, %s, %s)",
        [shown, facility_id, list(tasks), origin.address, origin.reference],
    )
    if opened is not None:
        return opened
    if asked("SELECT app.is_own_card(%s)", [shown]):
        raise NotOpened(_(OWN_CARD))
    raise NotOpened(_("帮办码不对，或者已经过期、已经用过。请再核对一次，或请居民重新取一个。"))


def listed_by_document(document: Document) -> UUID | None:
    """The person behind a document, when this session would see the person in its own lists anyway."""
    found: UUID | None = asked("SELECT app.listed_by_document(%s, %s::bytea[])", [document.kind, _every(document)])
    return found


def audited_person(*, document: Document, reason: str, origin: Origin) -> UUID | None:
    """Whose log an auditor asks for; the question is an event, whoever it finds."""
    found: UUID | None = asked(
        "SELECT app.audit_person(%s, %s::bytea[], %s, %s, %s)",
        [document.kind, _every(document), reason, origin.address, origin.reference],
    )
    return found


def places_of(*roles: str) -> list[UUID]:
    """Where this session's account itself works in one of `roles`."""
    return list(asked("SELECT app.workplaces(%s::text[])", [list(roles)]))


def may_open_in_emergency() -> bool:
    """Whether this session's account treats people anywhere."""
    return bool(places_of(*TREATING))


def _every(document: Document | None) -> list[bytes]:
    """The document's index under every key of the ring."""
    if document is None:
        return []
    return list(document.index.every)


def _refuse_when_waiting(what: str) -> None:
    if asked("SELECT app.must_wait(%s)", [what]):
        raise NotOpened(_("连续几次没有对上，请15分钟后再试，或请同事帮忙。"))
