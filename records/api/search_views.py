"""Looking for something in the whole record: the words come in the body and are written down nowhere (ADR 0023)."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api.paging import PageQuery
from records.api.base import RecordView
from records.api.serializers import moment, text
from records.presenters import words
from records.search import finding
from records.search.finding import PAGE, Answer, Find
from records.search.places import PLACES
from records.search.words import LONGEST, understood


class RecordWordsSerializer(PageQuery):
    """What to look for."""

    q = serializers.CharField(max_length=LONGEST, help_text="要找的词，用空格分开；可以带年份，如“2025 血糖”")
    kind = serializers.ChoiceField(
        choices=list(PLACES), required=False, help_text="只要这一类，并且可以翻页；不填时各类给最近的几条"
    )


class FindSerializer(serializers.Serializer):
    """One find: a thing with its newest entry, or an earlier entry of it."""

    kind = text("哪一类，如 items 检验项目和测量值")
    id = serializers.UUIDField(help_text="编号")
    report = serializers.UUIDField(allow_null=True, help_text="检验项目所在的报告")
    title = text("名称")
    detail = text("有关的一句话")
    value = text("结果")
    unit = text("单位")
    flag = text("提示的代码；正常为空")
    flag_words = text("提示")
    facility = text("来源机构")
    by = text("医生")
    at = moment("什么时候")
    times = serializers.IntegerField(help_text="同一件事一共记录过几次")
    is_earlier = serializers.BooleanField(help_text="上面那一条较早的记录")


class TotalSerializer(serializers.Serializer):
    """How much was found of one kind."""

    kind = text("哪一类")
    title = text("这一类的名称")
    count = serializers.IntegerField(help_text="找到几条")


class FoundSerializer(serializers.Serializer):
    """What was found."""

    totals = TotalSerializer(many=True, help_text="各类找到几条")
    page = serializers.IntegerField(help_text="这是第几页（只对选定的一类）")
    pages = serializers.IntegerField(help_text="一共几页（只对选定的一类）")
    results = FindSerializer(many=True, help_text="找到的内容")


class SearchView(RecordView):
    """找一找."""

    categories: ClassVar = ("records", "results")

    @extend_schema(
        operation_id="records_search",
        tags=["健康档案"],
        summary="在档案里查找",
        description="用 POST 发送要找的词，词不进网址，也不写进任何日志。查找一次，访问记录里有一条。",
        request=RecordWordsSerializer,
        responses=FoundSerializer,
    )
    def post(self, request: Request) -> Response:
        """Everything the viewer may read, looked through in one statement."""
        asked, now = self.sent(RecordWordsSerializer), clock.now()
        place = asked.get("kind", "")
        found = finding.answer(self.viewer, understood(asked["q"], now), place=place, page=asked["page"], now=now)
        totals = found.totals()
        said = {
            "totals": [_total(slug, count) for slug, count in totals.items()],
            "page": found.page if place else 1,
            "pages": -(-totals.get(place, 0) // PAGE) if place else 1,
            "results": [_find(find, found) for find in found.finds],
        }
        return Response(FoundSerializer(said).data)


def _total(slug: str, count: int) -> dict[str, Any]:
    return {"kind": slug, "title": PLACES[slug].title, "count": count}


def _find(find: Find, found: Answer) -> dict[str, Any]:
    flag = words.FLAGS.get(find.flag)
    return {
        "kind": find.place,
        "id": find.id,
        "report": find.id if find.place == "reports" else found.reports.get(find.key),
        "title": find.title,
        "detail": find.detail or "",
        "value": find.value,
        "unit": find.unit,
        "flag": find.flag if flag else "",
        "flag_words": flag.word if flag else "",
        "facility": find.facility,
        "by": find.by,
        "at": find.at,
        "times": find.times,
        "is_earlier": find.nth > 1,
    }
