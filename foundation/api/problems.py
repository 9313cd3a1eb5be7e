"""Refusals of the JSON interface as `application/problem+json` (RFC 9457): a sentence for the person, a code for the
program, and for what was filled in wrongly the name of each field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from foundation.middleware import FAILED, reference_of

CONTENT_TYPE = "application/problem+json"
Words = Any  # a lazy sentence or a plain one


@dataclass(frozen=True)
class Kind:
    """One kind of refusal: code, HTTP status, what it is called, and what to do where nothing better is known."""

    code: str
    status: int
    title: Words
    detail: Words


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("malformed", 400, _("请求读不懂"), _("请求的正文要是 UTF-8 编码的 JSON。")),
        Kind("invalid", 400, _("填写的内容有误"), _("请按每一项的说明改好，再发一次。")),
        Kind("not_signed_in", 401, _("还没有登录"), _("请先登录，再试一次。")),
        Kind("forbidden", 403, _("不能这样做"), _("这个账号不能办这一项。")),
        Kind("csrf", 403, _("页面过期了"), _("请重新取 csrf_token，放在请求头 X-CSRFToken 里，再发一次。")),
        Kind("proof", 403, _("请再验证一次身份"), _("这次登录还没有证明是本人，请在网页上验证身份后再看。")),
        Kind("identity", 403, _("请先核验身份"), _("请带身份证到就近的医院或卫生院当面核验，当场就能开通。")),
        Kind("consent", 403, _("还没有同意在网上显示"), _("请本人先在“我的—授权同意”里同意，再来看。")),
        Kind("not_granted", 403, _("这一项没有授权给您"), _("需要的话，请本人在“我的—家人和代办”里更改授权。")),
        Kind("staff", 403, _("工作人员请用网页办理"), _("这次打开的事项不包括这一项。")),
        Kind("not_found", 404, _("没有找到"), _("没有这一项，或者它不归您看。")),
        Kind("method", 405, _("不能这样请求"), _("这个地址不接受这种请求方法。")),
        Kind("conflict", 409, _("现在办不了"), _("情况已经变了，请重新打开再办。")),
        Kind("another_person", 409, _("现在是在为另一个人办理"), _("请求是为另一个人填的，没有办理。请重新打开再填。")),
        Kind("gone", 410, _("已经下线"), _("这篇文章已经下线。")),
        Kind("too_large", 413, _("发来的内容太大"), _("请减少内容，再发一次。")),
        Kind("media_type", 415, _("不接受这种格式"), _("请求的正文要是 application/json。")),
        Kind("too_many", 429, _("请求太频繁"), _("请过一分钟再试。")),
        Kind("broken", 500, _("门户出错了"), _("不是您的问题。请稍后再试；一直这样，请把编号告诉服务窗口。")),
        Kind("busy", 503, _("现在忙不过来"), _("没有办成，请稍等几秒，原样再发一次。")),
    )
}
BY_STATUS = {
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not_signed_in",
    exceptions.AuthenticationFailed: "not_signed_in",
    exceptions.NotFound: "not_found",
    Http404: "not_found",
    exceptions.MethodNotAllowed: "method",
    exceptions.UnsupportedMediaType: "media_type",
    exceptions.Throttled: "too_many",
    exceptions.PermissionDenied: "forbidden",
}


class Refused(exceptions.APIException):
    """A refusal of one of the KINDS, with its own title and sentence where there are better ones.

    `wait`: after how many seconds it may be tried again; `facts`: what a program may want to know beside the words.
    """

    def __init__(
        self, code: str, detail: str = "", *, title: str = "", wait: int | None = None, facts: Mapping[str, Any] = {}
    ) -> None:
        self.kind = KINDS[code]
        self.status_code = self.kind.status
        self.title = title
        self.wait = wait
        self.facts = dict(facts)
        super().__init__(detail or str(self.kind.detail))


class FieldSerializer(serializers.Serializer):
    """What is wrong with one field."""

    field = serializers.CharField(help_text="字段名；里层的字段用点连接，如 reports.0；整个请求的问题为空字符串")
    detail = serializers.CharField(help_text="怎么改，可以直接显示给人看")


class ProblemSerializer(serializers.Serializer):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="问题的种类：/api/#problem-加上 code")
    title = serializers.CharField(help_text="一句话说是什么问题")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    code = serializers.CharField(help_text="给程序看的代号")
    detail = serializers.CharField(help_text="发生了什么、怎么办，可以直接显示给人看")
    reference = serializers.CharField(help_text="这次请求的编号，求助时报给服务窗口")
    errors = FieldSerializer(  # type: ignore[assignment]  # a field of the answer, named as RFC 9457 shows it
        many=True, required=False, help_text="哪些字段填得不对"
    )
    facts = serializers.DictField(required=False, help_text="程序可能用得上的其他情况，如冲突的预约的 booking_id")


def body(kind: Kind, request: HttpRequest, *, title: str = "", detail: str = "", **more: Any) -> dict[str, Any]:
    """What a refusal says."""
    return {
        "type": f"/api/#problem-{kind.code}",
        "title": str(title or kind.title),
        "status": kind.status,
        "code": kind.code,
        "detail": str(detail or kind.detail),
        "reference": reference_of(request),
        **{name: value for name, value in more.items() if value},
    }


def as_problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Django REST framework's exception handler; None, so that it is raised again, for a fault of ours.

    As on pages, what a view did before it refused is undone.
    """
    request: HttpRequest = context["request"]._request
    vars(request)[FAILED] = True
    if isinstance(error, Refused):
        said = body(error.kind, request, title=error.title, detail=str(error.detail), facts=error.facts)
    elif isinstance(error, exceptions.ValidationError):
        said = body(KINDS["invalid"], request, errors=fields_of(error.detail))
    elif isinstance(error, PermissionDenied):
        said = body(KINDS["forbidden"], request, detail=" ".join(map(str, error.args)))
    else:
        code = next((code for kind, code in BY_STATUS.items() if isinstance(error, kind)), None)
        if code is None:
            return None
        said = body(KINDS[code], request)
    return Response(said, said["status"], headers=_headers(error), content_type=CONTENT_TYPE)


def answer(code: str, request: HttpRequest, detail: str = "") -> JsonResponse:
    """A refusal from outside the interface's own views."""
    said = body(KINDS[code], request, detail=detail)
    return JsonResponse(said, status=said["status"], content_type=CONTENT_TYPE, json_dumps_params=UNESCAPED)


UNESCAPED = {"ensure_ascii": False}


def fields_of(detail: Any, name: str = "") -> list[dict[str, str]]:
    """Every complaint with the name of its field, however deep it lies."""
    if isinstance(detail, Mapping):
        return [one for key, value in detail.items() for one in fields_of(value, _under(name, str(key)))]
    if isinstance(detail, list):
        found: list[dict[str, str]] = []
        for place, value in enumerate(detail):
            is_words = isinstance(value, str)
            found += [{"field": name, "detail": str(value)}] if is_words else fields_of(value, _under(name, str(place)))
        return found
    return [{"field": name, "detail": str(detail)}]


def _under(name: str, key: str) -> str:
    key = "" if key == "non_field_errors" else key
    return ".".join(part for part in (name, key) if part)


def _headers(error: Exception) -> dict[str, str]:
    found = {}
    if header := getattr(error, "auth_header", None):
        found["WWW-Authenticate"] = str(header)
    if wait := getattr(error, "wait", None):
        found["Retry-After"] = str(int(wait))
    return found
