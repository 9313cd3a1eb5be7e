"""The wording of this room: masked numbers, levels of proof, lines of the inbox, deeds of the access log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.fields import opened
from residents.deeds import ACTIONS
from residents.mine import Profile
from residents.models import Notice

Words = str | Promise

LEVELS: dict[int, tuple[Words, Words]] = {
    0: (gettext_lazy("未实名"), gettext_lazy("请带证件到就近的医院或卫生院窗口核验，核验后才能预约和看结果。")),
    1: (gettext_lazy("L1 自行登记"), gettext_lazy("可以预约挂号。要看健康档案和检查结果，请带证件到窗口核验。")),
    2: (gettext_lazy("L2 与已有档案相符"), gettext_lazy("可以预约挂号，也可以看自己的健康档案和检查结果。")),
    3: (gettext_lazy("L3 已由机构核验"), gettext_lazy("工作人员看过您的证件，本门户的服务都可以用。")),
}

# Where a line of the inbox leads. The rooms above are named by their addresses only.
PLACES = {
    Notice.Kind.REPORT_READY: "records:reports",
    Notice.Kind.BOOKED: "appointments:bookings",
    Notice.Kind.BOOKING_CANCELLED: "appointments:bookings",
    Notice.Kind.HAND_OVER: "residents:family",
    Notice.Kind.DELEGATION_ENDED: "residents:family",
    Notice.Kind.GUARDIANSHIP_REFUSED: "residents:family",
    Notice.Kind.DELEGATION_STARTED: "residents:family",
    Notice.Kind.DELEGATION_INVITED: "residents:family",
    Notice.Kind.NEW_DEVICE: "residents:sign_ins",
    Notice.Kind.PASSWORD_CHANGED: "residents:sign_ins",
    Notice.Kind.FIRST_ACCESS: "residents:access_log",
    Notice.Kind.EMERGENCY_ACCESS: "residents:access_log",
    Notice.Kind.ASSISTED_ACT: "residents:access_log",
    Notice.Kind.CASE_ANSWERED: "residents:access_log",
    Notice.Kind.PHONE_CHANGED: "residents:me",
    Notice.Kind.ACCOUNT_OPENED: "residents:me",
    Notice.Kind.REGISTRATION_ATTEMPT: "residents:sign_ins",
    Notice.Kind.ACTIVATION_PRINTED: "residents:access_log",
    Notice.Kind.DEATH_REPORTED: "residents:access_log",
    Notice.Kind.RESULT_CHECKED: "records:taken_back",
    Notice.Kind.RESULT_SHOWN_AGAIN: "records:reports",
    Notice.Kind.RESULT_TAKEN_BACK: "records:taken_back",
    Notice.Kind.RESULT_RETURNED: "records:taken_back",
    Notice.Kind.SEEN_TAKEN_BACK: "records:taken_back",
    Notice.Kind.ACTIVITY_TOMORROW: "health_education:my_activities",
    Notice.Kind.ACTIVITY_CHANGED: "health_education:my_activities",
    Notice.Kind.ACTIVITY_CANCELLED: "health_education:my_activities",
    Notice.Kind.FEEDBACK_ANSWERED: "health_education:my_feedback",
    Notice.Kind.DISPUTE_ANSWERED: "records:disputes",
    Notice.Kind.RESULT_UNREAD: "records:reports",
    Notice.Kind.RECORD_READY: "records:booklet",
    Notice.Kind.SERVICE_ASKED: "records:services",
    Notice.Kind.PROGRAM_CONNECTED: "residents:programs",
    Notice.Kind.CLINIC_STOPPED: "appointments:bookings",
    Notice.Kind.PLACE_OFFERED: "appointments:bookings",
    Notice.Kind.PLACE_BACK: "appointments:bookings",
    Notice.Kind.STRIKE_WARNED: "appointments:no_shows",
    Notice.Kind.WEB_SUSPENDED: "appointments:no_shows",
    Notice.Kind.STRIKE_EXCUSED: "appointments:no_shows",
    Notice.Kind.APPEAL_ANSWERED: "appointments:no_shows",
    Notice.Kind.DRAW_LOST: "appointments:bookings",
    Notice.Kind.VISIT_REMINDER: "appointments:bookings",
}

ROOMS: dict[str, Words] = {
    "records": gettext_lazy("查看了健康档案"),
    "exchange": gettext_lazy("接收了医疗机构传来的数据"),
    "appointments": gettext_lazy("办理了预约"),
    "staff": gettext_lazy("在工作台处理了信息"),
}


@dataclass(frozen=True)
class ProfileLines:
    """我的, as it is shown."""

    name: str
    documents: list[tuple[str, str]]
    phone: str
    level: Words
    level_note: Words


@dataclass(frozen=True)
class NoticeLine:
    """One line of the inbox."""

    id: UUID
    title: str
    at: datetime
    unread: bool
    address: str


def masked_number(number: str) -> str:
    """First three and last four characters of a document number, as its owner's page shows it."""
    if len(number) < 10:
        return number[:1] + "*" * max(len(number) - 2, 1) + number[-1:]
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def masked_phone(phone: str) -> str:
    """`199****0001`."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


def profile(facts: Profile) -> ProfileLines:
    """The person's page, numbers masked."""
    level, note = LEVELS[facts.level]
    phone = opened(facts.account, "phone")
    return ProfileLines(
        name=facts.resident.name,
        documents=[(str(item.get_kind_display()), _document(opened(item, "value"))) for item in facts.identifiers],
        phone=masked_phone(phone) if phone else "",
        level=level,
        level_note=note,
    )


def _document(number: str | None) -> str:
    """The masked number; a sentence where the county has lost the key to it (docs/keys.md)."""
    return masked_number(number) if number else str(_("暂时读不出，请咨询服务窗口"))


def notice(line: Notice) -> NoticeLine:
    """A line of the inbox, and where it leads."""
    return NoticeLine(
        id=line.pk,
        title=str(line.get_kind_display()),
        at=line.created_at,
        unread=line.read_at is None,
        address=_address(PLACES.get(Notice.Kind(line.kind), "")),
    )


def action_words(action: str) -> Words:
    """A deed of the access log in plain words; one without words of its own is named by its room."""
    return ACTIONS.get(action) or ROOMS.get(action.partition(".")[0]) or _("使用了信息")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("residents:notices")
