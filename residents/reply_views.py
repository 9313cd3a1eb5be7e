"""The address to which an SMS provider delivers what people answered: `POST /sms/replies/` (docs/messages.md)."""

import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import router
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation import clock
from residents import replies
from residents.messages_port import Reply
from residents.models import Account

MOST_BYTES = 4096
FIELDS = ("id", "phone", "text")


@csrf_exempt
@login_not_required
@require_POST
def take(request: HttpRequest) -> JsonResponse:
    """Keep one reply: 200 once it is written down, also the second time; 403 for what the provider did not sign."""
    secret, now = settings.SMS_REPLY_SECRET, clock.now()
    if not secret:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _answer("too_large", 413)
    stamp, given = request.headers.get("X-Timestamp", ""), request.headers.get("X-Signature", "")
    if not replies.is_signed(secret, stamp, request.body, given, now):
        return _answer("not_signed", 403)
    reply = _read(request.body)
    if reply is None or not replies.keep([reply], now, using=router.db_for_write(Account)):
        return _answer("not_understood", 400)
    return _answer("kept", 200)


def _read(body: bytes) -> Reply | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not all(_is_text(said.get(name)) for name in FIELDS) or not said["id"]:
        return None
    return Reply(said["id"], said["phone"], said["text"])


def _is_text(value: object) -> bool:
    """What a database can keep: no half characters, no zero bytes."""
    return isinstance(value, str) and "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


def _answer(word: str, status: int) -> JsonResponse:
    return JsonResponse({"result": word}, status=status)
