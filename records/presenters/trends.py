"""The page of one result in words: where it lies, the line with the earlier ones, what is not comparable and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from records.models import Observation
from records.own.beside import OwnPoint
from records.presenters import range_pictures, words
from records.presenters.charts import Beside, Chart, chart
from records.presenters.range_pictures import RangePicture, plain
from records.trends.results import Result
from records.trends.series import Apart, Point, Reason, Trend
from records.trends.thinning import since, thinned

NAMED = 3
NOTHING = "—"
SPANS: dict[str, tuple[Promise, int]] = {
    "1": (gettext_lazy("近1年"), 366),
    "3": (gettext_lazy("近3年"), 3 * 366),
    "10": (gettext_lazy("近10年"), 10 * 366),
}
WHY: dict[Reason, Promise] = {
    Reason.CODE: gettext_lazy("机构没有给这一项对照统一编码，不能确定是同一项检查"),
    Reason.NUMBER: gettext_lazy("结果是文字，不是数字"),
    Reason.TIME: gettext_lazy("机构没有写是什么时候测的"),
    Reason.SPECIMEN: gettext_lazy("标本不同，数值不能放在一起比"),
    Reason.UNIT: gettext_lazy("单位不同，没有可靠的换算办法"),
    Reason.METHOD: gettext_lazy("检验方法不同，数值不能放在一起比"),
}


@dataclass(frozen=True)
class Figure:
    """A result beside others: as printed, in the line's unit where it was converted, and who sent it."""

    id: UUID
    when: datetime | None
    printed: str
    converted: str
    reference_range: str
    flag: words.Flag | None
    facility: str
    senders: str
    is_focus: bool = False
    is_own: bool = False


@dataclass(frozen=True)
class Uncompared:
    """Results that are not drawn: why, how many, and the newest of them."""

    why: str
    count: int
    figures: Sequence[Figure]


@dataclass(frozen=True)
class TrendPage:
    """One result and the line it is part of; `figures` are the points of the picture, the newest first.

    `rows` are those of the table: the figures, with what the person measured among them where it was asked for.
    """

    picture: RangePicture | None
    flag: words.Flag | None
    before: Sequence[Figure]
    chart: Chart | None
    unit: str
    figures: Sequence[Figure]
    total: int
    is_thinned: bool
    converted: int
    without_method: int
    ranges_differ: bool
    uncompared: Sequence[Uncompared]
    spans: Sequence[tuple[str, str, bool]]
    rows: Sequence[Figure] = ()
    own: Sequence[Figure] = ()

    @property
    def has_converted(self) -> bool:
        """Whether the table needs a column for values in the line's own unit."""
        return any(row.converted for row in self.rows)


def start_of(span: str, now: datetime) -> datetime | None:
    """From when on a span shows results; None for the whole time."""
    return now - timedelta(days=SPANS[span][1]) if span in SPANS else None


def page(
    found: Trend,
    *,
    span: str,
    now: datetime,
    senders: Mapping[UUID, str],
    most: int,
    own: Sequence[OwnPoint] = (),
) -> TrendPage:
    """The page of a line; `span` is one of `SPANS`, anything else the whole time; at most `most` points are drawn.

    `own` are values of the person's own to stand beside it, marked as such.
    """
    focus = found.focus
    within = since(found.points, start_of(span, now))
    drawn = thinned(within, most, focus.id)
    ranges = {(one.result.range_low, one.result.range_high) for one in drawn if not one.is_converted}
    figures = [_figure(point, focus, senders) for point in reversed(drawn)]
    beside = [_own(point, focus) for point in own]
    return TrendPage(
        picture=picture_of(focus),
        flag=words.FLAGS.get(focus.flag),
        before=_before(found, senders),
        chart=chart(drawn, focus.id, focus.range_low, focus.range_high, [_drawn_beside(point) for point in own]),
        unit=focus.unit,
        figures=figures,
        total=len(within),
        is_thinned=len(drawn) < len(within),
        converted=sum(point.is_converted for point in drawn),
        without_method=found.without_method,
        ranges_differ=len(ranges) > 1 or any(point.is_converted for point in drawn),
        uncompared=[_uncompared(one, senders) for one in found.apart],
        spans=_spans(span),
        rows=sorted([*figures, *beside], key=_when, reverse=True),
        own=beside,
    )


def _when(one: Figure) -> float:
    return one.when.timestamp() if one.when else 0.0


def _own(point: OwnPoint, focus: Result) -> Figure:
    value = f"{plain(point.value)} {focus.unit}".strip()
    return Figure(
        id=point.id,
        when=point.at,
        printed=point.printed if point.is_converted else value,
        converted=value if point.is_converted else "",
        reference_range=NOTHING,
        flag=None,
        facility=_("由%(name)s代为记录") % {"name": point.by} if point.by else NOTHING,
        senders="",
        is_own=True,
    )


def _drawn_beside(point: OwnPoint) -> Beside:
    day = f"{timezone.localtime(point.at):%Y-%m-%d %H:%M}"
    return Beside(point.at, point.value, _("%(day)s %(value)s 自己测的") % {"day": day, "value": plain(point.value)})


def picture_of(row: Result | Observation) -> RangePicture | None:
    """Where a value lies against its own printed range."""
    return range_pictures.picture(row.value_number, row.comparator, row.range_low, row.range_high)


def _spans(chosen: str) -> list[tuple[str, str, bool]]:
    known = [(key, str(label), key == chosen) for key, (label, _days) in SPANS.items()]
    return [*known, ("", _("全部"), chosen not in SPANS)]


def _before(found: Trend, senders: Mapping[UUID, str]) -> list[Figure]:
    """The last few points before the result itself."""
    when = found.focus.occurred_at
    earlier = [point for point in found.points if when and point.at < when and point.result.id != found.focus.id]
    return [_figure(point, found.focus, senders) for point in earlier[: -NAMED - 1 : -1]]


def _figure(point: Point, focus: Result, senders: Mapping[UUID, str]) -> Figure:
    value = f"{point.result.comparator}{plain(point.value)} {focus.unit}".strip()
    return _row(point.result, senders, value if point.is_converted else "", is_focus=point.result.id == focus.id)


def _row(row: Result, senders: Mapping[UUID, str], converted: str = "", *, is_focus: bool = False) -> Figure:
    return Figure(
        id=row.id,
        when=row.occurred_at,
        printed=f"{row.value_text} {row.unit}".strip(),
        converted=converted,
        reference_range=row.range_text,
        flag=words.FLAGS.get(row.flag),
        facility=row.facility_name,
        senders=_sent_by(row, senders),
        is_focus=is_focus,
    )


def _sent_by(row: Result, senders: Mapping[UUID, str]) -> str:
    """“来自2家机构”, with their names."""
    if len(row.senders) < 2:
        return ""
    count = ngettext("来自%(count)d家机构", "来自%(count)d家机构", len(row.senders)) % {"count": len(row.senders)}
    names = list(dict.fromkeys(senders[one] for one in row.senders if one in senders))
    return _("%(count)s：%(names)s") % {"count": count, "names": "、".join(names)} if names else count


def _uncompared(one: Apart, senders: Mapping[UUID, str]) -> Uncompared:
    why = str(WHY[one.reason])
    if one.detail:
        why = _("%(why)s（%(what)s）") % {"why": why, "what": one.detail}
    return Uncompared(why, len(one.results), [_row(row, senders) for row in one.results[:NAMED]])
