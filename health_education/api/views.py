"""Articles: the list, looking for one, one with its words. Nothing here is about a person."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api.paging import PageQuery, page_of, paged
from foundation.api.problems import Refused
from foundation.api.views import ApiView
from health_education import access, listing, reading
from health_education.marking import Hit
from health_education.models import Audience, Kind, Tag, Topic
from health_education.models.finding import LONGEST_SEARCH

SLUG = r"^[-a-zA-Z0-9_]+$"


class ArticlesQuery(PageQuery):
    """Narrow the list."""

    topic = serializers.RegexField(SLUG, max_length=60, required=False, help_text="主题的网址名")
    kind = serializers.ChoiceField(choices=Kind.values, required=False, help_text="类型，如 video 视频")
    audience = serializers.ChoiceField(choices=Audience.values, required=False, help_text="适用人群")
    tag = serializers.ChoiceField(choices=Tag.values, required=False, help_text="疾病标签")


class ArticleWordsSerializer(ArticlesQuery):
    """What to look for."""

    q = serializers.CharField(max_length=LONGEST_SEARCH, help_text="要找的词")


class ArticleLineSerializer(serializers.Serializer):
    """An article in a list."""

    slug = serializers.CharField(help_text="网址名，用来取全文")
    title = serializers.CharField(help_text="标题")
    summary = serializers.CharField(allow_blank=True, help_text="摘要；查找时是含有所找词的一句")
    kind = serializers.CharField(help_text="类型")
    topic = serializers.CharField(help_text="主题的名称")
    language = serializers.CharField(help_text="语言")
    published_at = serializers.DateTimeField(allow_null=True, help_text="发布时间")


class NearSerializer(serializers.Serializer):
    """Another article to read."""

    slug = serializers.CharField(help_text="网址名")
    title = serializers.CharField(help_text="标题")


class ArticleSerializer(ArticleLineSerializer):
    """An article with its words, and who vouches for them."""

    html = serializers.CharField(allow_blank=True, help_text="正文，净化过的 HTML；图片和音视频的地址相对于门户")
    source = serializers.CharField(allow_blank=True, help_text="出处")  # type: ignore[assignment]  # a field of that name
    author = serializers.CharField(allow_blank=True, help_text="作者")
    reviewer = serializers.CharField(allow_blank=True, help_text="审核人")
    minutes = serializers.IntegerField(help_text="大约几分钟读完")
    is_sample = serializers.BooleanField(help_text="示例内容，须经本县审核后发布")
    address = serializers.CharField(help_text="网页地址，可以转给别人")
    others = NearSerializer(many=True, help_text="还可以读")


ArticlesSerializer = page_of(ArticleLineSerializer, "Articles")


class ArticlesView(ApiView):
    """The list."""

    refusals = {"get": ("not_found",)}

    @extend_schema(
        operation_id="articles_list",
        tags=["健康宣教"],
        summary="文章列表",
        description="经审核发布的文章，新的在前，可按主题、类型、人群、疾病筛选。",
        parameters=[ArticlesQuery],
        responses=ArticlesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of it."""
        return _listed(self.asked(ArticlesQuery))


class SearchView(ApiView):
    """Looking for an article: what is looked for may say something about whoever looks, so it is in no address."""

    refusals = {"post": ("not_found",)}

    @extend_schema(
        operation_id="articles_search",
        tags=["健康宣教"],
        summary="查找文章",
        description="用 POST 发送要找的词，词不进网址。最相关的在前。",
        request=ArticleWordsSerializer,
        responses=ArticlesSerializer,
    )
    def post(self, request: Request) -> Response:
        """A page of what was found."""
        return _listed(self.sent(ArticleWordsSerializer))


class ArticleView(ApiView):
    """One article."""

    refusals = {"get": ("gone",)}

    @extend_schema(
        operation_id="articles_read",
        tags=["健康宣教"],
        summary="一篇文章",
        description="正文和谁对它负责。已经下线的回答 410，并说明原因；草稿和不存在的一样：404。",
        responses=ArticleSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """The wording that everyone may read now."""
        try:
            revision = access.live_article(slug, clock.now())
        except access.Withdrawn as gone:
            raise Refused("gone", gone.article.withdrawn_because) from None
        page = reading.page(revision, clock.now())
        said = {
            **_line(Hit(revision, (), ())),
            "summary": revision.summary,
            "html": str(page["body"]),
            "source": revision.source,
            "author": revision.author_name,
            "reviewer": revision.reviewer_name,
            "minutes": page["minutes"],
            "is_sample": revision.is_sample,
            "address": page["address"],
            "others": page["others"],
        }
        return Response(ArticleSerializer(said).data)


def _listed(asked: dict[str, Any]) -> Response:
    wanted = {name: asked.get(name, "") for name in ("q", "topic", "kind", "audience", "tag")}
    topic = get_object_or_404(Topic, slug=wanted["topic"]) if wanted["topic"] else None
    found = listing.listed(wanted, topic, page=str(asked["page"]), now=clock.now())
    return Response(ArticlesSerializer(paged(found.page, map(_line, found.hits))).data)


def _line(hit: Hit) -> dict[str, Any]:
    revision, article = hit.revision, hit.revision.article
    return {
        "slug": article.slug,
        "title": revision.title,
        "summary": "".join(piece.text for piece in hit.note),
        "kind": article.kind,
        "topic": article.topic.name,
        "language": article.language,
        "published_at": revision.publish_at,
    }
