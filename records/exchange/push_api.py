"""The address where facilities push FHIR Bundles: `POST /exchange/fhir/` with a bearer token (docs/connect/push.md)."""

import logging
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError, transaction
from django.utils.decorators import method_decorator
from rest_framework import exceptions, parsers, status
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from foundation import clock
from foundation.dated import setting
from foundation.middleware import own_transaction
from records.exchange import pushing
from records.exchange.limits import PUSH_ENTRIES, PUSH_MEGABYTES, PUSHES_PER_MINUTE

logger = logging.getLogger(__name__)

FHIR_JSON = "application/fhir+json"
RAW = "raw"
RETRY_SECONDS = 60
KEPT, KNOWN = "已收到并保存，稍后入档。", "这份内容以前收到过，没有重复入档。"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class Busy(exceptions.APIException):
    """Said with `Retry-After`: whoever sends by program tries again by itself."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "门户暂时不能保存，这份内容没有收到。请稍后原样再发：同样的内容不会重复入档。"
    wait = RETRY_SECONDS


class PushAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; who asks is a facility's source, never a person."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, bytes]:
        scheme, _, token = get_authorization_header(request).partition(b" ")
        token_hash = pushing.hash_of(token.strip().decode("ascii", "replace"))
        if scheme.lower() != b"bearer" or not pushing.is_accepted(token_hash):
            raise exceptions.AuthenticationFailed("没有有效的推送凭证。请核对 Authorization: Bearer 后面的凭证。")
        return AnonymousUser(), token_hash

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def token_of(request: Request) -> bytes:
    """The hash of the token that the authentication above found good."""
    return cast(bytes, request.auth)


class IsSource(BasePermission):
    """Whoever got past the authentication above."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, bytes)


class PushThrottle(SimpleRateThrottle):
    """So many pushes a minute for each token."""

    cache_format = "exchange.push.%s"

    def get_rate(self) -> str:
        return f"{setting(PUSHES_PER_MINUTE, clock.now())}/min"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % token_of(request).hex()[:32]


class BundleParser(parsers.BaseParser):
    """The very bytes, and no more of them than the county takes at once."""

    media_type = FHIR_JSON

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        most = setting(PUSH_MEGABYTES, clock.now())
        raw: bytes = stream.read(most * 1024 * 1024 + 1)
        if len(raw) > most * 1024 * 1024:
            raise TooLarge(f"一次推送不能超过 {most} MB。请分成几个 Bundle 发送。")
        return {RAW: raw}


class PlainJsonParser(BundleParser):
    media_type = "application/json"


class FhirRenderer(JSONRenderer):
    media_type = FHIR_JSON


def outcome(severity: str, code: str, sentence: str) -> dict[str, Any]:
    """An OperationOutcome with one issue, as FHIR answers."""
    issue = {"severity": severity, "code": code, "details": {"text": sentence}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@method_decorator(login_not_required, name="dispatch")
@method_decorator(own_transaction, name="dispatch")
class PushView(APIView):
    """Takes a Bundle: 202 once it is on disk, 200 for one that was here before, 4xx with the reason otherwise.

    503 where it cannot be kept now: the database is away, or its disk is full.
    """

    authentication_classes = [PushAuthentication]
    permission_classes = [IsSource]
    throttle_classes = [PushThrottle]
    parser_classes = [BundleParser, PlainJsonParser]
    renderer_classes = [FhirRenderer]

    def post(self, request: Request) -> Response:
        """Keep what was sent, whole or not at all: it is on disk before the answer is made."""
        try:
            raw = cast(dict[str, bytes], request.data)[RAW]
            with transaction.atomic():
                kept = pushing.keep(raw, token_of(request), setting(PUSH_ENTRIES, clock.now()))
        except pushing.NotAccepted as reason:
            return Response(outcome("error", "invalid", str(reason)), status.HTTP_400_BAD_REQUEST)
        if not kept:
            return Response(outcome("information", "duplicate", KNOWN))
        return Response(outcome("information", "informational", KEPT), status.HTTP_202_ACCEPTED)

    def handle_exception(self, problem: Exception) -> Response:
        """Every refusal is an OperationOutcome in plain words."""
        if isinstance(problem, (OperationalError, InterfaceError)):
            # Never the text of the exception: a database error repeats the row.
            logger.error("push not saved: %s", type(problem).__name__)
            problem = Busy()
        answer = super().handle_exception(problem)
        said = problem.detail if isinstance(problem, exceptions.APIException) else answer.status_text
        answer.data = outcome("error", "processing", str(said))
        return answer
