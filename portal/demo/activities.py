"""Activities of the demonstration county: some ahead, some held this year, and what was handed out."""

from datetime import datetime, timedelta

from django.utils import timezone

from facilities.models import Facility
from health_education.models import Activity, DutyEntry
from residents.models import Account

# Days ahead, hour, kind, title, facility, places (0: no sign-up).
AHEAD = [
    (3, 9, "lecture", "高血压怎么吃、怎么动", "TOWN1", 30),
    (6, 8, "screening", "65岁以上老人血压血糖免费测", "TOWN1", 60),
    (9, 14, "consultation", "冬季防跌倒义诊", "COUNTY", 0),
    (16, 9, "lecture", "糖尿病人怎样护脚", "TOWN1", 30),
]
HELD = ["春季防流感", "少盐少油", "艾滋病防治", "儿童视力", "防溺水", "食品安全", "无烟家庭", "中医养生"]
PRINTED = [
    "高血压防治折页",
    "糖尿病饮食手册",
    "流感疫苗知多少",
    "儿童预防接种",
    "孕期保健",
    "结核病防治",
    "老年人防跌倒",
]
PLACE = "二楼会议室"


def seed_activities(facilities: dict[str, Facility], now: datetime) -> None:
    """All of it, once."""
    if Activity.objects.exists():
        return
    Activity.objects.bulk_create(_ahead(facilities, now))
    Activity.objects.bulk_create(_held(facilities["TOWN1"], now))
    DutyEntry.objects.bulk_create(_entries(facilities["TOWN1"], now))


def _ahead(facilities: dict[str, Facility], now: datetime) -> list[Activity]:
    return [
        _activity(
            facilities[code],
            title,
            _at(now, days, hour),
            now,
            kind=kind,
            capacity=places or None,
            signup_opens_at=now - timedelta(hours=1) if places else None,
            signup_closes_at=_at(now, days, hour) if places else None,
        )
        for days, hour, kind, title, code, places in AHEAD
    ]


def _held(at: Facility, now: datetime) -> list[Activity]:
    """One lecture in each month of the year that is over."""
    months = range(1, timezone.localtime(now).month)
    titles = zip(months, HELD, strict=False)
    starts = [(title, _at(now, 0, 9).replace(month=month, day=10)) for month, title in titles]
    return [
        _activity(at, title, start, start - timedelta(days=7), kind="lecture", held_at=start, attended=35, walk_ins=35)
        for title, start in starts
    ]


def _activity(at: Facility, title: str, start: datetime, since: datetime, **fields: object) -> Activity:
    times = {"starts_at": start, "ends_at": start + timedelta(minutes=90), "published_at": since}
    text = {"description": "由本院医生主讲，可以现场提问。", "place": PLACE, "state": Activity.State.PUBLISHED}
    return Activity(facility=at, title=title, **times, **text, **fields)


def _entries(at: Facility, now: datetime) -> list[DutyEntry]:
    by = Account.objects.get(username="xuanjiao")
    who = {"entered_by": by.pk, "entered_by_name": by.name, "entered_at": now}
    first = timezone.localdate(now).replace(month=1, day=1)
    return [
        DutyEntry(facility=at, form="printed", title=title, day=first, copies=300, place="门诊大厅", **who)
        for title in PRINTED
    ]


def _at(now: datetime, days: int, hour: int) -> datetime:
    local = timezone.localtime(now + timedelta(days=days))
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)
