"""Who is signed in, for whom they act, and the inbox."""

from typing import ClassVar
from uuid import UUID

from django.core.paginator import Paginator
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api.paging import PageQuery, paged
from foundation.api.problems import Refused
from foundation.api.views import ApiView
from residents import actions, mine, presenters
from residents.acting import acting_of, may_see
from residents.api.base import PersonView
from residents.api.serializers import MeSerializer, NoticesSerializer, ReadSerializer, TokenSerializer
from residents.models import Account, Notice
from residents.same_person import whom

A_PAGE = 20
CATEGORIES = ("records", "results", "booking", "notices")


class MeView(PersonView):
    """Identity only, nothing about health."""

    @extend_schema(
        operation_id="me",
        tags=["我"],
        summary="我是谁，在为谁办理",
        description="登录的人、正在办理的人、遮住的证件号，和现在能打开哪几类内容。不含健康信息。",
        responses=MeSerializer,
    )
    def get(self, request: Request) -> Response:
        """The profile, with what is open now."""
        lines = presenters.profile(mine.profile(self.viewer, self.page.user, clock.now()))
        assert isinstance(self.page.user, Account)
        said = {
            "name": lines.name,
            "whom": whom(self.page),
            "documents": [{"kind": kind, "number": number} for kind, number in lines.documents],
            "phone": lines.phone,
            "level": lines.level,
            "level_note": lines.level_note,
            "account_name": self.page.user.name,
            "acting": acting_of(self.page),
            "may": [one for one in CATEGORIES if may_see(self.viewer.resident_id, one)],
        }
        return Response(MeSerializer(said).data)


class TokenView(ApiView):
    """The token that unsafe methods need; the cookie beside it is set by Django."""

    @extend_schema(
        operation_id="csrf_token",
        tags=["我"],
        summary="取防伪造令牌",
        description="改动类请求（POST）要在请求头 X-CSRFToken 里带上它；同时会设置对应的 Cookie。",
        responses=TokenSerializer,
    )
    def get(self, request: Request) -> Response:
        """A token for this browser."""
        return Response(TokenSerializer({"csrf_token": get_token(request._request)}).data)


class NoticesView(PersonView):
    """The inbox."""

    granted: ClassVar = ("notices",)

    @extend_schema(
        operation_id="notices_list",
        tags=["消息"],
        summary="消息列表",
        description="站内消息，新的在前。消息只说有什么事，不含健康内容。",
        parameters=[PageQuery],
        responses=NoticesSerializer,
    )
    def get(self, request: Request) -> Response:
        """A page of it, newest first."""
        page = Paginator(mine.notices(self.viewer), A_PAGE).get_page(self.asked(PageQuery)["page"])
        return Response(NoticesSerializer(paged(page, map(presenters.notice, page))).data)


class ReadNoticeView(PersonView):
    """One line was read."""

    granted: ClassVar = ("notices",)

    @extend_schema(
        operation_id="notices_read",
        tags=["消息"],
        summary="标记一条消息为已读",
        description="只有本人能标记：代办人看过，不算本人看过。再发一次没有影响。",
        request=None,
        responses=ReadSerializer,
    )
    def post(self, request: Request, notice: UUID) -> Response:
        """A stranger's and a missing line are the same 404."""
        line = get_object_or_404(Notice.objects.visible_to(self.viewer), pk=notice)
        _only_oneself(self)
        unread = line.read_at is None
        actions.mark_read(viewer=self.viewer, notice=line, now=clock.now())
        return Response(ReadSerializer({"marked": int(unread)}).data)


class ReadAllView(PersonView):
    """The whole inbox was read."""

    granted: ClassVar = ("notices",)

    @extend_schema(
        operation_id="notices_read_all",
        tags=["消息"],
        summary="全部标为已读",
        description="把收件箱里没有看过的消息都标为已读；只有本人能标记。",
        request=None,
        responses=ReadSerializer,
    )
    def post(self, request: Request) -> Response:
        """How many there were."""
        _only_oneself(self)
        return Response(ReadSerializer({"marked": actions.mark_all_read(viewer=self.viewer, now=clock.now())}).data)


def _only_oneself(view: PersonView) -> None:
    """A helper's look must not make the person miss a line."""
    if not view.viewer.is_self:
        raise Refused("not_granted")
