"""Pages of lists: every list of the interface is bounded."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page
from rest_framework import serializers
from rest_framework.serializers import Serializer

MOST_PAGES = 500


class PageQuery(serializers.Serializer):
    """Which page of a list."""

    page = serializers.IntegerField(
        min_value=1,
        max_value=MOST_PAGES,
        default=1,
        help_text="第几页，从 1 起；超过最后一页时给最后一页（看回答里的 page）",
    )


def page_of(line: type[Serializer], name: str, **more: Any) -> type[Serializer]:
    """The serializer of a page whose lines are `line`; `more` fields stand beside them."""
    fields = {
        "count": serializers.IntegerField(help_text="一共多少条"),
        "page": serializers.IntegerField(help_text="这是第几页"),
        "pages": serializers.IntegerField(help_text="一共多少页"),
        "results": line(many=True, help_text="这一页的内容"),
    }
    return type(name, (Serializer,), {**fields, **more, "__doc__": f"One page of a list: {line.__name__}."})


def paged(page: Page, lines: Iterable[Any] | None = None, **more: Any) -> dict[str, Any]:
    """What such a serializer takes; `lines` instead of the page's own objects where they were put into words."""
    return {
        "count": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "results": list(page if lines is None else lines),
        **more,
    }
