"""The words of missed visits, draws and the month's figures."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from appointments import presenters, standing
from appointments.models import Channel, Deed, Draw, DrawRequest, FairnessMonth, Slot
from appointments.standing import Missed
from appointments.terms import Terms
from facilities.models import Facility
from residents.access import Viewer

Context = dict[str, Any]
CHANNELS = (Channel.WEB, Channel.ELDER, Channel.DESK, Channel.PHONE, Channel.REFERRAL)
BANDS = {
    "0": gettext_lazy("不满18岁"),
    "18": gettext_lazy("18到44岁"),
    "45": gettext_lazy("45到64岁"),
    "65": gettext_lazy("65到79岁"),
    "80": gettext_lazy("80岁及以上"),
}
WAITS = {
    "0-0": gettext_lazy("当天"),
    "1-1": gettext_lazy("第二天"),
    "2-3": gettext_lazy("2到3天"),
    "4-7": gettext_lazy("4到7天"),
    "8-": gettext_lazy("8天以上"),
}
ENDED = {
    "ended_person": gettext_lazy("本人取消"),
    "ended_desk": gettext_lazy("窗口取消"),
    "ended_stopped": gettext_lazy("因停诊取消"),
    "ended_moved": gettext_lazy("改期"),
    "ended_declined": gettext_lazy("谢绝转诊号"),
    "strike": gettext_lazy("登记约了没来"),
    "excused": gettext_lazy("机构自己撤销"),
}
# How the rules were applied, by what belongs together.
RULES = (
    (
        "strikes",
        gettext_lazy("约了没来是怎么处理的"),
        ("strike", "suspended", "appealed", "accepted", "rejected", "excused"),
    ),
    (
        "ended",
        gettext_lazy("取消和改期"),
        ("ended_person", "ended_moved", "ended_desk", "ended_stopped", "ended_declined", "returned"),
    ),
    ("draws", gettext_lazy("抽签"), ("asked", "drawn", "not_drawn")),
)


def no_show_rule(slot: Slot, viewer: Viewer, now: datetime) -> str:
    """What follows from not coming, said before anything is booked; nothing where it has no consequence."""
    terms = standing.rule_of(slot, now)
    if terms is None:
        return ""
    return _rule(terms.no_shows_allowed, terms.no_show_days, terms.suspension_days)


def _rule(allowed: int, within: int, suspended: int) -> str:
    text = _(
        "来不了请取消，按时取消从来不算。没有取消也没有来，第一次只是提醒；%(within)d 天里满 %(allowed)d 次，"
        "网上预约暂停 %(days)d 天，窗口和电话照常。65岁以上和工作人员帮约的不受影响，有异议可以申诉。"
    )
    return text % {"within": within, "allowed": max(allowed, 2), "days": suspended}


def strikes(found: list[Missed], viewer: Viewer, now: datetime) -> Context:
    """我的爽约记录: where web booking is suspended, until when, and each missed visit with what may be done."""
    places = {each.strike.facility_id: each.strike.facility for each in found}
    until = {key: standing.suspended_until(viewer.resident_id, key) for key in places}
    rows = [strike(each, now) for each in found]
    return {
        "suspensions": [
            _("%(place)s：%(moment)s 以前不能在网上预约。窗口和电话照常。")
            % {"place": places[key].name, "moment": presenters.moment_text(end, now)}
            for key, end in until.items()
            if end is not None
        ],
        "rows": rows,
        # Said once where it is the same for all of them.
        "rule": rows[0]["rule"] if len({row["rule"] for row in rows}) == 1 else "",
    }


def strike(each: Missed, now: datetime) -> Context:
    """One missed visit in words."""
    row, booking = each.strike, each.strike.booking
    return {
        "id": row.pk,
        "title": presenters.visit_text(booking.slot, now),
        "place": f"{row.facility.name} · {booking.department.name}",
        "rule": _rule(row.allowed, row.within_days, row.suspension_days),
        "said": _state(each, now),
        "counts": each.counts,
        "may_appeal": each.may_appeal,
        "until": presenters.moment_text(row.appeal_until, now),
        "appeal": each.appeal,
        "due": presenters.moment_text(each.appeal.answer_due, now) if each.appeal else "",
    }


def _state(each: Missed, now: datetime) -> str:
    """What became of it so far, in one sentence."""
    appeal = each.appeal
    if each.strike.withdrawn_at is not None:
        return _("已撤销：%(why)s") % {"why": each.strike.get_withdrawn_why_display()}
    if appeal is None:
        return _("算一次没有来。")
    if appeal.accepted is None and not each.counts:
        return _("您的申诉到期没有答复，按同意办，这一次不算。")
    if appeal.accepted is None:
        return _("已申诉，%(moment)s 以前答复；到期没有答复就不算。") % {
            "moment": presenters.moment_text(appeal.answer_due, now)
        }
    answer = {"answer": appeal.answer}
    return _("申诉通过，这一次不算。%(answer)s") % answer if appeal.accepted else _("申诉没有通过：%(answer)s") % answer


def draw(found: Draw, request: DrawRequest | None, now: datetime) -> Context:
    """The page of one draw: how it goes, what was published, one's own number."""
    session = found.session
    moments = {"opens": presenters.moment_text(found.opens_at, now), "closes": _to_the_second(found.closes_at)}
    return {
        "draw": found,
        "session": session,
        "day": presenters.day_text(session.date, timezone.localdate(now)),
        "doctor": presenters.doctor_text(session.practitioner),
        "is_open": found.opens_at <= now < found.closes_at,
        "is_ahead": now < found.opens_at,
        "how": _("%(opens)s 开始登记，%(closes)s 截止。先登记后登记机会一样，不用抢。") % moments,
        "mine": request,
        "outcome": str(DrawRequest.Outcome(request.outcome).label) if request else "",
        "may_wait": request is not None
        and request.outcome == DrawRequest.Outcome.LOST
        and session.date >= timezone.localdate(now),
        "rows": [
            {
                "place": place,
                "number": number,
                "outcome": str(DrawRequest.Outcome(outcome).label),
                "won": outcome == "won",
            }
            for place, (number, outcome) in enumerate(found.result, start=1)
        ],
    }


def _to_the_second(at: datetime) -> str:
    return date_format(timezone.localtime(at), "G:i:s")


def published(found: Draw) -> Context:
    """The same for a program: all that is needed to work the draw out again, and nobody's name."""
    return {
        "session": str(found.session_id),
        "seed_sha256": found.seed_hash,
        "opens_at": found.opens_at.isoformat(),
        "closes_at": found.closes_at.isoformat(),
        "requests": found.asked,
        "places": found.places,
        "places_for_elders": found.elders,
        "seed": found.seed or None,
        "settled_at": found.settled_at.isoformat() if found.settled_at else None,
        "result": [{"number": number, "outcome": outcome} for number, outcome in found.result],
    }


def month(row: FairnessMonth, rows: Iterable[FairnessMonth]) -> Context:
    """The public page of one month: groups of figures in words."""
    told = row.figures
    names = {str(key): name for key, name in Facility.objects.values_list("pk", "name")}
    channels = {str(name): str(Channel(name).label) for name in CHANNELS}
    kinds = {str(kind): str(label) for kind, label in Deed.Kind.choices}
    return {
        "row": row,
        "title": month_text(row.month),
        "months": [{"text": month_text(each.month), "key": f"{each.month:%Y%m}"} for each in rows],
        "booked": _figure(told["booked"]),
        "median": _days(told["median_wait"]),
        "groups": [
            _group("channels", _("按预约方式"), told["channels"], channels),
            _group("ages", _("按年龄"), told["ages"], BANDS),
            _group("townships", _("按乡镇"), _largest_first(told["townships"]), {**names, "": _("其他")}),
            _group("waits", _("从预约到就诊等几天"), told["waits"], WAITS),
            _group("elders", _("65岁以上的人等几天"), told["waits_of_elders"], WAITS),
        ],
        "rules": [
            {
                "key": key,
                "title": str(title),
                "rows": [
                    {"name": str({**kinds, **ENDED}[name]), "text": _figure(told["rules"][name])} for name in names
                ],
            }
            for key, title, names in RULES
        ],
    }


def month_text(day: date) -> str:
    """A month as people say it."""
    return date_format(day, _("Y年n月"))


def _group(key: str, title: str, cells: dict[str, int | None], words: dict[str, Any]) -> Context:
    """One set of figures, each with its share of what is shown as bars."""
    whole = sum(count or 0 for count in cells.values())
    order = sorted(cells, key=lambda name: list(words).index(name) if name in words and key != "townships" else 0)
    return {
        "key": key,
        "title": title,
        "rows": [
            {
                "name": str(words.get(name, name)),
                "count": cells[name],
                "text": _figure(cells[name]),
                "share": round(100 * (cells[name] or 0) / whole) if whole else 0,
            }
            for name in order
        ],
    }


def _largest_first(cells: dict[str, int | None]) -> dict[str, int | None]:
    return dict(sorted(cells.items(), key=lambda cell: (cell[0] == "", -(cell[1] or 0))))


def _figure(count: int | None) -> str:
    return _("不公布") if count is None else str(count)


def _days(count: int | None) -> str:
    return _("不公布") if count is None else ngettext("%(count)d 天", "%(count)d 天", count) % {"count": count}


def rules_in_force(terms: Terms) -> list[tuple[str, str]]:
    """The county's caps, as they hold now; what they kept back is not written down, so it is not counted."""
    return [
        (_("每人同时最多有几个预约"), str(terms.live_bookings_per_person)),
        (_("同一预约最多改期几次"), str(terms.moves_per_booking)),
        (_("给老年人留多少号（百分之几）"), str(terms.reserve_elder)),
        (_("约了没来几次后，暂停网上预约"), str(max(terms.no_shows_allowed, 2))),
    ]
