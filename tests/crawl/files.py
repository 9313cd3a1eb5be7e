"""Links that hand over a file instead of a page: fetched with the visitor's cookies, and looked into."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import APIRequestContext

PATIENCE = 60_000  # milliseconds: a PDF is printed by a second browser


def _is_json(body: bytes) -> bool:
    try:
        return bool(json.loads(body))
    except ValueError:
        return False


# Content type: what a file of that kind cannot be without.
KINDS: dict[str, Callable[[bytes], bool]] = {
    "application/pdf": lambda body: body.startswith(b"%PDF-") and b"%%EOF" in body[-64:],
    "application/json": _is_json,
    "text/calendar": lambda body: body.startswith(b"BEGIN:VCALENDAR") and body.rstrip().endswith(b"END:VCALENDAR"),
    "text/csv": lambda body: b"," in body,
    "image/jpeg": lambda body: body.startswith(b"\xff\xd8\xff"),
}


def troubles_with(request: APIRequestContext, address: str, promised: str) -> list[str]:
    """What is wrong with the file behind a link; `promised` is the link's own `type`, if it names one."""
    answer = request.get(address, timeout=PATIENCE)
    kind = answer.headers.get("content-type", "").split(";")[0]
    if not answer.ok:
        return [f"file {address}: answered {answer.status}"]
    if kind not in KINDS:
        return [f"file {address}: came as {kind or 'nothing'} from {urlsplit(answer.url).path}"]
    if promised and kind != promised:
        return [f"file {address}: came as {kind}, its link says {promised}"]
    return [] if KINDS[kind](answer.body()) else [f"file {address}: {kind}, but {len(answer.body())} bytes of none"]
