"""The record and its results: the same doors as the pages, the same line in the access log for each look."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api.paging import PageQuery, paged
from foundation.dated import setting
from records import access, actions, awaiting, explaining, home, next_steps, pending
from records.api import serializers, words
from records.api.base import RecordView
from records.kinds import KINDS, Kind
from records.lists import reading
from records.lists.narrowing import Wanted
from records.models import Observation
from records.opened import OpenedReport
from records.presenters import home as home_words
from records.trend_views import POINTS
from records.trends.reading import Elsewhere, OpenedItem, item_for
from records.trends.series import trend
from records.trends.thinning import thinned

KIND = OpenApiParameter(
    "kind", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(KINDS), description="哪一类，如 medications 用药"
)
SINGLE = [slug for slug, kind in KINDS.items() if kind.model is not Observation]
KIND_OF_ENTRY = OpenApiParameter(
    "kind", OpenApiTypes.STR, OpenApiParameter.PATH, enum=SINGLE, description="哪一类；体征测量请取走势"
)


WAYS = 2  # from an old version to the one in force, from a copy to the one that is listed


class SummaryView(RecordView):
    """档案首页."""

    @extend_schema(
        operation_id="records_summary",
        tags=["健康档案"],
        summary="档案首页",
        description="按国家规范的三块：个人健康标识、基本健康信息、服务活动记录。每条都写明来源机构和时间，没有的写明为什么没有。",
        responses=serializers.SummarySerializer,
    )
    def get(self, request: Request) -> Response:
        """The three blocks; the look is remembered as on the page."""
        now = clock.now()
        page = home_words.page(home.home_for(self.viewer, home.looked(self.viewer, now), now=now), now)
        said = {
            "news": page.news,
            "since": page.since,
            "labels": page.labels,
            "diseases": page.diseases,
            "sections": [
                {"slug": one.slug, "title": one.title, "facts": map(words.fact, one.facts), "empty": one.empty}
                for one in page.sections
            ],
            "services": map(words.fact, page.services),
            "kinds": page.index,
        }
        return Response(serializers.SummarySerializer(said).data)


class ReportsView(RecordView):
    """检查检验结果."""

    categories: ClassVar = ("results",)

    @extend_schema(
        operation_id="reports_list",
        tags=["检查检验结果"],
        summary="报告列表",
        description="新的在前，可按类别、机构、时间、是否异常筛选。暂时不能看的报告单列在 waiting 里，不说内容。",
        parameters=[serializers.ReportsQuery],
        responses=serializers.ReportsSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of it."""
        asked, now = self.asked(serializers.ReportsQuery), clock.now()
        wanted = _wanted(asked)
        offered = reading.offered_reports(self.viewer)
        page, flagged = reading.reports_for(self.viewer, wanted, offered, page=str(asked["page"]), now=now)
        since = access.new_since(now)
        lines = [words.report_line(report, flagged.get(report.pk, 0), since) for report in page]
        held = [words.waiting(report) for report in pending.reports_of(self.viewer)]
        held += [words.awaited(one) for one in awaiting.waiting_of(self.viewer)]
        return Response(serializers.ReportsSerializer(paged(page, lines, waiting=held)).data)


class ReportView(RecordView):
    """One report."""

    categories: ClassVar = ("results",)

    @extend_schema(
        operation_id="reports_read",
        tags=["检查检验结果"],
        summary="一份报告",
        description="各项结果、参考区间、上一次的结果、这项查的是什么、机构建议的下一步。旧版本的编号给出现在有效的版本。"
        "别人的、删除的和不存在的一样：404。",
        responses=serializers.ReportSerializer,
    )
    def get(self, request: Request, report_id: UUID) -> Response:
        """The version in force, or what may be said of one that is not shown."""
        now = clock.now()
        try:
            opened = self._opened(report_id)
        except Http404:
            if one := awaiting.report_for(self.viewer, report_id):
                return Response(serializers.ReportSerializer(words.awaited_report(one)).data)
            held = pending.report_for(self.viewer, report_id, now=now)
            if held is None:
                raise
            return Response(serializers.ReportSerializer(words.pending_report(held)).data)
        if self.viewer.opening_id is None:  # what staff looked at is still new to the person
            actions.mark_seen(report=opened.report, now=now)
        if not opened.report.is_readable:
            return Response(serializers.ReportSerializer(words.closed_report(opened.report)).data)
        cards = explaining.cards_of(opened, now)
        said = words.open_report(opened, cards, next_steps.steps_for(opened.items, now))
        return Response(serializers.ReportSerializer(said).data)

    def _opened(self, report_id: UUID) -> OpenedReport:
        try:
            return access.report_for(self.viewer, report_id, now=clock.now())
        except access.Superseded as newer:
            return access.report_for(self.viewer, newer.by, now=clock.now())


class ItemsView(RecordView):
    """检验项目."""

    categories: ClassVar = ("results",)

    @extend_schema(
        operation_id="items_list",
        tags=["检查检验结果"],
        summary="按项目看检验结果",
        description="做过的每一项检验一条，给出最近一次的结果和做过几次，最近做的在前。",
        parameters=[serializers.ItemsQuery],
        responses=serializers.ItemsSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of it."""
        asked = self.asked(serializers.ItemsQuery)
        page, found = reading.items_for(self.viewer, _wanted(asked), page=asked["page"], now=clock.now())
        return Response(serializers.ItemsSerializer(paged(page, map(words.item_line, found))).data)


class TrendView(RecordView):
    """One result and its line; of a body measurement the record is enough, the database knows which is which."""

    categories: ClassVar = ("records", "results")

    @extend_schema(
        operation_id="items_trend",
        tags=["检查检验结果"],
        summary="一项结果的走势",
        description="这一项结果，和能放在一起比的各次结果：同一项目、同一标本、同一方法，单位能可靠换算。"
        "不能比的在 apart 里，写明原因。",
        responses=serializers.TrendSerializer,
    )
    def get(self, request: Request, item_id: UUID) -> Response:
        """The line; the id of an old version or of a copy gives the one that is shown."""
        now = clock.now()
        opened = self._opened(item_id)
        line = trend(opened.item.id, opened.results)
        points = thinned(line.points, setting(POINTS, now), line.focus.id)
        step = next_steps.steps_for([opened.item], now).get(opened.item.id)
        said = {
            "item": words.measured(opened.item),
            "report": opened.report.pk if opened.report else None,
            "explanation": words.explanation(explaining.card_of(opened.item, now)),
            "next_step": step.text if step else "",
            "is_cut": opened.is_cut,
            "is_thinned": len(points) < len(line.points),
            **words.series(line, points),
        }
        return Response(serializers.TrendSerializer(said).data)

    def _opened(self, item_id: UUID, ways: int = WAYS) -> OpenedItem:
        try:
            return item_for(self.viewer, item_id, now=clock.now())
        except Elsewhere as shown:
            if not ways:
                raise Http404 from None
            return self._opened(shown.id, ways - 1)


class SectionView(RecordView):
    """All facts of one kind."""

    @extend_schema(
        operation_id="records_list",
        tags=["健康档案"],
        summary="档案的一类内容",
        description="过敏史、诊断、用药、接种、就诊、体检、随访、文书、手术、体征。同一种药、同一个诊断合成一条，新的在前。",
        parameters=[KIND, serializers.TimeQuery],
        responses=serializers.LinesSerializer,
    )
    def get(self, request: Request, kind: str) -> Response:
        """A page of it."""
        known = _kind(kind)
        asked = self.asked(serializers.TimeQuery)
        page, found = reading.section_for(self.viewer, known, _wanted(asked), page=asked["page"], now=clock.now())
        return Response(serializers.LinesSerializer(paged(page, [words.line(known, one) for one in found])).data)


class ThingView(RecordView):
    """One thing with all its entries."""

    @extend_schema(
        operation_id="records_entries",
        tags=["健康档案"],
        summary="一种药、一个诊断或一项过敏的全部记录",
        description="与这一条是同一回事的每一次记录，新的在前；其他类别只有这一条。",
        parameters=[KIND_OF_ENTRY, PageQuery],
        responses=serializers.EntriesSerializer,
    )
    def get(self, request: Request, kind: str, row_id: UUID) -> Response:
        """A page of them; a stranger's and a missing one are the same 404."""
        number = str(self.asked(PageQuery)["page"])
        _one, page = reading.thing_for(self.viewer, _kind(kind), row_id, page=number, now=clock.now())
        return Response(serializers.EntriesSerializer(paged(page, map(words.entry, page))).data)


def _kind(slug: str) -> Kind:
    if slug not in KINDS:
        raise Http404
    return KINDS[slug]


def _wanted(asked: dict[str, Any]) -> Wanted:
    return Wanted(
        category=asked.get("kind", ""),
        facility_id=asked.get("facility"),
        time=asked.get("time", ""),
        abnormal=asked.get("abnormal", False),
        cancelled=asked.get("cancelled", False),
    )
