"""What facilities push by themselves: taken with a token of their own, kept before it is acknowledged."""

import hashlib
import io
import secrets
from datetime import datetime

from django.db import connection

from foundation.keys import uuid7
from records.exchange import depth, filing, reading
from records.exchange.models import PushKey, Source

NOT_JSON = "内容不是完整的 JSON。请检查后重新发送。"
TOO_CHOPPED = "内容由过多的小块组成（超过两百万个值），没有接收。请分成几个 Bundle 发送。"
NO_BUNDLE = "内容不是 FHIR R4 的 Bundle（resourceType 应为 Bundle，entry 应为列表且不为空）。"
TOO_MANY = "一个 Bundle 最多 {most} 条。请分成几个发送。"


class NotAccepted(Exception):
    """What is refused at the door; the text tells the sender why. It stays with the sender."""


def issue(source: Source, staff_name: str, now: datetime) -> str:
    """A new token for a source; it is shown this once, the portal keeps its hash."""
    token = secrets.token_urlsafe(32)
    PushKey.objects.create(
        source=source, facility_id=source.facility_id, token_hash=hash_of(token), issued_at=now, issued_by=staff_name
    )
    return token


def hash_of(token: str) -> bytes:
    """How a token is kept: it is random, so a plain hash tells nothing."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def is_accepted(token_hash: bytes) -> bool:
    """Whether this is the token of a source that takes what is pushed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.push_source(%s)", [token_hash])
        return cursor.fetchone()[0] is not None


def keep(raw: bytes, token_hash: bytes, most_entries: int) -> bool:
    """Keep a Bundle in the caller's transaction; False where the source sent the same bytes before.

    Raises NotAccepted for what is no Bundle, or comes with a token that has just ceased to count.
    """
    _check(raw, most_entries)
    parts = list(filing.sealed_parts(io.BytesIO(raw)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT app.keep_pushed(%s, %s, %s, %s, %s, %s)",
            [token_hash, uuid7(), hashlib.sha256(raw).digest(), len(raw), *map(list, zip(*parts, strict=True))],
        )
        kept = cursor.fetchone()[0]
    if kept is None:
        raise NotAccepted("凭证已停用。请联系县里的接口管理员。")
    return bool(kept)


def _check(raw: bytes, most: int) -> None:
    try:
        depth.check_count(raw)
        value = reading.parse(raw)
    except depth.TooMany:
        raise NotAccepted(TOO_CHOPPED) from None
    except reading.NotJson:
        raise NotAccepted(NOT_JSON) from None
    entries = value.get("entry") if isinstance(value, dict) and value.get("resourceType") == "Bundle" else None
    if not isinstance(entries, list) or not entries:
        raise NotAccepted(NO_BUNDLE)
    if len(entries) > most:
        raise NotAccepted(TOO_MANY.format(most=most))
