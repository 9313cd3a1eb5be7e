"""How every address of the JSON interface is asked: signed in, in JSON, not too often, and refused in plain words."""

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django.core.cache import cache
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from foundation import clock
from foundation.api import problems
from foundation.api.schema import Description
from foundation.dated import register, setting

MINUTE = 60
PER_MINUTE = register("api.requests_per_minute", 300, "每个账号每分钟最多向接口发多少个请求")
KILOBYTES = register("api.most_kilobytes", 64, "一次向接口最多发多少KB")
Made = TypeVar("Made", bound=Serializer)


class BySession(SessionAuthentication):
    """Whoever is signed in to the portal in this browser; unsafe methods need the token against forged requests."""

    def authenticate_header(self, request: Request) -> str:
        """So that a signed-out program reads 401, not 403."""
        return "Session"

    def enforce_csrf(self, request: Request) -> None:
        """As Django REST framework does, said in our words."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied:
            raise problems.Refused("csrf") from None


# How a request shows who sends it. Another way (a token of another program) is one more class here; views ask none.
WAYS: list[type[BaseAuthentication]] = [BySession]


class JsonBody(BaseParser):
    """A JSON text of bounded size."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """Raises Refused("too_large"), or ParseError for what is no JSON."""
        most = setting(KILOBYTES, clock.now()) * 1024
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise problems.Refused("too_large")
        try:
            return json.loads(raw.decode(), parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise exceptions.ParseError from None


def _no_number(constant: str) -> None:
    raise ValueError(constant)


class AlwaysJson(BaseContentNegotiation):
    """There is one format, whatever a browser says it likes best."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """By what the sender says it sends."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        """The first."""
        return renderers[0], renderers[0].media_type


class PerMinute(BaseThrottle):
    """So many requests a minute of each account, counted beside the request's transaction."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count one."""
        now = clock.now()
        key = f"api:{request.user.pk}:{int(now.timestamp()) // MINUTE}"
        cache.add(key, 0, 2 * MINUTE)
        return bool(cache.incr(key) <= setting(PER_MINUTE, now))

    def wait(self) -> float:
        """Until the next minute begins at the latest."""
        return MINUTE


class ApiView(APIView):
    """The base of all. `refusals`: which further problems a method may meet, by its name in small letters."""

    authentication_classes: list[type[BaseAuthentication]] = WAYS
    permission_classes: list[type[BasePermission]] = [IsAuthenticated]
    throttle_classes: list[type[BaseThrottle]] = [PerMinute]
    parser_classes = [JsonBody]
    renderer_classes: list[type[BaseRenderer]] = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    metadata_class = None
    schema = Description()
    refusals: ClassVar[dict[str, tuple[str, ...]]] = {}

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Problems in plain words."""
        return problems.as_problem

    def asked(self, known: type[Made]) -> dict[str, Any]:
        """The query of the address, checked; raises ValidationError with the field's name."""
        serializer = known(data=self.request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def sent(self, known: type[Made]) -> dict[str, Any]:
        """The body, checked; raises ValidationError with the field's name."""
        serializer = known(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class Nowhere(ApiView):
    """Every address below the interface that is none of it."""

    authentication_classes: list[type[BaseAuthentication]] = []
    permission_classes: list[type[BasePermission]] = []
    throttle_classes: list[type[BaseThrottle]] = []
    schema = None  # type: ignore[assignment]  # how Django REST framework leaves a view out

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Not here, for anybody, whatever the method."""
        raise exceptions.NotFound
