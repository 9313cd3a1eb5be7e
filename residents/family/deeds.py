"""Family deeds: each is one function of the database, which decides, writes the access log and tells both sides."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connections, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pypinyin import lazy_pinyin

from foundation.crypto import digest
from foundation.keys import uuid7
from foundation.rowsecurity import database
from residents import documents
from residents.access import Viewer
from residents.family.photos import Photo, sealed
from residents.models import ConsentText, Guardianship, GuardianshipPhoto, Identifier

OUR_STATE = "RHF01"  # raised by app.refuse_family

WORDS = {
    "level": gettext_lazy("办这件事要先核验身份（实名等级 L2 及以上）。请带证件到就近的医院或卫生院窗口核验。"),
    "proof": gettext_lazy("请先再确认一次是您本人，再办这件事。"),
    "too_young": gettext_lazy("未满18周岁，家人由监护人代办。请由监护人申请，或到窗口办理。"),
    "scope": gettext_lazy("请至少勾选一项，并选好期限。"),
    "too_many": gettext_lazy("代办人（含还没接受的邀请）已经到了上限，请先终止不再需要的。"),
    "wait": gettext_lazy("输错的次数太多，请15分钟后再试，或请家人重新发一个邀请码。"),
    "decided": gettext_lazy("这份申请已经有人处理，或者已经撤回。"),
    "own": gettext_lazy("登记申请的人不能审核同一份申请，请让另一位同事审核。"),
    "unknown_child": gettext_lazy("还没有这个孩子的档案。请家长带证件到窗口登记申请，通过时一并建档。"),
    "name": gettext_lazy("姓名与该证件号码的登记不一致，不能通过。请核对后退回。"),
    "of_age": gettext_lazy("证件上的人已满18周岁，不再需要监护人代办。请本人邀请家人代办。"),
    "exists": gettext_lazy("这位监护人已经可以为孩子代办。"),
    "reason": gettext_lazy("请写明未通过的原因。"),
}


class FamilyRefusal(Exception):
    """The database said no; `code` is a key of `WORDS`, the text is for the person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(WORDS.get(self.code, _("没有办成，请稍后再试。")))


def invite(*, viewer: Viewer, scope: Sequence[str], months: int, code: str, words: ConsentText | None) -> UUID:
    """Invite a helper by a code, which only they will know; records the consent to delegates. Raises FamilyRefusal."""
    text = words.pk if words else None
    made: UUID = _call("app.invite_delegate", viewer, list(scope), months, digest(code), text)
    return made


def withdraw_invitation(*, viewer: Viewer, invitation_id: UUID) -> bool:
    """Make an open code useless; False when it was so already."""
    return bool(_call("app.withdraw_invitation", viewer, invitation_id))


def accept(*, viewer: Viewer, code: str, birth: date) -> UUID | None:
    """Take up an invitation; None when code and birth date do not fit. Raises FamilyRefusal."""
    made: UUID | None = _call("app.accept_delegation", viewer, digest(code), birth)
    return made


def end(*, viewer: Viewer, delegation_id: UUID) -> bool:
    """End a delegation at once, from either side; False when it is not theirs to end or has ended."""
    return bool(_call("app.end_delegation", viewer, delegation_id))


def agree_to_guardian(*, viewer: Viewer, delegation_id: UUID, scope: Sequence[str]) -> bool:
    """A young person says what the guardian goes on seeing; False before the time. Raises FamilyRefusal."""
    return bool(_call("app.agree_to_guardian", viewer, delegation_id, list(scope)))


def keep_helping(
    *, viewer: Viewer, delegation_id: UUID, scope: Sequence[str], months: int, words: ConsentText | None
) -> UUID | None:
    """A young person agrees that the guardian helps on after coming of age; None before the time."""
    text = words.pk if words else None
    made: UUID | None = _call("app.keep_helping", viewer, delegation_id, list(scope), months, text)
    return made


@transaction.atomic
def apply_as_guardian(
    *, viewer: Viewer, asked: Guardianship, document: documents.Document, photos: Sequence[Photo], now: datetime
) -> Guardianship:
    """Hand in an application with its photographs; the same child twice is refused by the database."""
    asked.guardian_id, asked.created_by, asked.created_at = viewer.resident_id, viewer.account_id, now
    asked.at_counter = not viewer.is_self
    asked.child_kind, asked.child_number, asked.child_index = document.kind, document.number, document.index
    asked.save(force_insert=True)
    for position, photo in enumerate(photos, start=1):
        key = uuid7()
        GuardianshipPhoto(
            id=key, guardianship=asked, position=position, picture=sealed(photo, key), created_at=now
        ).save(force_insert=True)
    return asked


def withdraw_guardianship(*, viewer: Viewer, guardianship_id: UUID) -> bool:
    """Take one's own application back; its photographs are deleted."""
    return bool(_call("app.withdraw_guardianship", viewer, guardianship_id))


def approve_guardianship(*, viewer: Viewer, asked: Guardianship, document: documents.Document) -> UUID:
    """Let a guardian act for the child; one the county does not know yet is entered, if asked for at a counter."""
    paper = Identifier(id=uuid7(), kind=document.kind, value=document.number)
    value = Identifier._meta.get_field("value").pre_save(paper, add=True)
    made: UUID = _call(
        "app.approve_guardianship",
        viewer,
        asked.pk,
        asked.child_name,
        "".join(lazy_pinyin(asked.child_name)),
        document.sex,
        document.birth_date,
        paper.pk,
        list(document.index.every),
        value.data,
    )
    return made


def refuse_guardianship(*, viewer: Viewer, asked: Guardianship, reason: str) -> None:
    """Say no, with a reason the guardian reads. Raises FamilyRefusal."""
    _call("app.refuse_guardianship", viewer, asked.pk, reason)


def _call(function: str, viewer: Viewer, *values: Any) -> Any:
    """The answer of one of our functions; its refusals become FamilyRefusal, having changed nothing."""
    marks = ", ".join(["%s"] * (len(values) + 2))
    try:
        with transaction.atomic(), connections[database()].cursor() as cursor:
            cursor.execute(f"SELECT {function}({marks})", [*values, viewer.address, viewer.reference])
            row = cursor.fetchone()
    except DatabaseError as error:
        raise refusal_of(error) from None
    return row[0] if row else None


def refusal_of(error: DatabaseError) -> Exception:
    """Our own refusal behind a database error, else the error itself."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if getattr(diagnosis, "sqlstate", None) != OUR_STATE:
        return error
    return FamilyRefusal(str(getattr(diagnosis, "message_primary", "")))
