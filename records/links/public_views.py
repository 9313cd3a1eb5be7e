"""What a program with a health link asks: the manifest with its passcode, and the file that the manifest names.

Programs are pages of other origins, so every answer may be read by any page; none of them uses a cookie.
"""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from foundation import clock
from foundation.middleware import own_transaction, reference_of
from records.links import opening, writing
from records.links.opening import Answer, Asked
from records.pages import kept_nowhere
from records.sharing import limits
from residents.access import address_of
from residents.same_person import about_nobody

LONGEST_BODY, LONGEST_RECIPIENT, LONGEST_PASSCODE = 4096, 200, 64
BAD = "请求应为 JSON：recipient 填写接收者名称，passcode 填写密码。"
GONE = "没有这个链接，或者它已到期、已撤销、已关闭。请向分享人要一个新的。"
OFTEN = "试得太频繁了，请稍后再试。"


class Unreadable(Exception):
    """The body is not what the standard says."""


@login_not_required
@about_nobody
@require_safe
def viewer(request: HttpRequest) -> HttpResponse:
    """The portal's own program for such links: what stands behind # is read, and decrypted, by the browser alone."""
    return kept_nowhere(render(request, "records/links/view.html"))


@login_not_required
@about_nobody
@csrf_exempt
@own_transaction
@require_http_methods(["POST", "OPTIONS"])
def manifest(request: HttpRequest, address: str) -> HttpResponse:
    """The manifest of a link. Unknown, expired, revoked and closed links get the same answer."""
    if request.method == "OPTIONS":
        return _preflight("POST")
    now = clock.now()
    try:
        asked = _asked(request)
    except Unreadable:
        return _told({"error": BAD}, 400)
    if not limits.may_try(request, now):
        return _often()
    answer = opening.open_link(address, asked, origin=address_of(request), reference=reference_of(request))
    if answer.state == "open":
        return _told({"files": [_file(answer)]})
    if answer.state in {"wrong", "unknown"}:
        limits.note_wrong(now)
    if answer.state in {"wrong", "asked"}:
        return _told({"remainingAttempts": answer.attempts_left}, 401)
    return _told({"error": GONE}, 404)


@login_not_required
@about_nobody
@own_transaction
@require_http_methods(["GET", "OPTIONS"])
def file(request: HttpRequest, token: str) -> HttpResponse:
    """The encrypted file, once."""
    if request.method == "OPTIONS":
        return _preflight("GET")
    if not limits.may_try(request, clock.now()):
        return _often()
    found = opening.take_file(token, origin=address_of(request), reference=reference_of(request))
    if found is None:
        return _told({"error": GONE}, 404)
    return _open_to_all(HttpResponse(found, content_type="application/jose"))


@sensitive_variables()
def _asked(request: HttpRequest) -> Asked:
    if len(request.body) > LONGEST_BODY:
        raise Unreadable
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as wrong:
        raise Unreadable from wrong
    if not isinstance(body, dict):
        raise Unreadable
    recipient, passcode, longest = (body.get(name) for name in ("recipient", "passcode", "embeddedLengthMax"))
    if not isinstance(recipient, str) or not recipient.strip() or len(recipient) > LONGEST_RECIPIENT:
        raise Unreadable
    if not (passcode is None or (isinstance(passcode, str) and len(passcode) <= LONGEST_PASSCODE)):
        raise Unreadable
    if not (longest is None or (type(longest) is int and longest >= 0)):
        raise Unreadable
    if not _is_text(recipient + (passcode or "")):
        raise Unreadable
    return Asked(recipient.strip(), passcode, None if longest is None else min(longest, 2**31 - 1))


def _is_text(value: str) -> bool:
    """Whether the database can hold it: JSON may carry NUL, and halves of a character."""
    return "\x00" not in value and not any("\ud800" <= one <= "\udfff" for one in value)


def _file(answer: Answer) -> dict[str, Any]:
    """One entry of the manifest: the file in it, or where it is for some minutes."""
    told: dict[str, Any] = {
        "contentType": writing.FHIR,
        "fhirVersion": writing.FHIR_VERSION,
        "status": "no-longer-valid" if answer.changed else "finalized",
        "lastUpdated": answer.made_at.isoformat(timespec="seconds") if answer.made_at else None,
    }
    if answer.file is not None:
        return told | {"embedded": answer.file}
    place = reverse("records:health_link_file", args=[answer.token])
    return told | {"location": settings.PUBLIC_URL.rstrip("/") + place}


def _told(body: dict[str, Any], status: int = 200) -> HttpResponse:
    return _open_to_all(JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False}))


def _often() -> HttpResponse:
    answer = _told({"error": OFTEN}, 429)
    answer["Retry-After"] = "60"
    return answer


def _preflight(method: str) -> HttpResponse:
    answer = _open_to_all(HttpResponse(status=204))
    answer["Access-Control-Allow-Methods"] = f"{method}, OPTIONS"
    answer["Access-Control-Allow-Headers"] = "Content-Type"
    answer["Access-Control-Max-Age"] = "86400"
    return answer


def _open_to_all(answer: HttpResponse) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
