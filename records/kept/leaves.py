"""The parts of a page, kept sealed for an hour beside their line for the access log.

A key is made of the account, the address, how the page looks for this reader and the stamp, by a secret: it says
nothing, and a page whose stamp moved on is never asked for again. What is in the cache opens for its own key only.
"""

import json
import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.cache import caches
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from redis.exceptions import RedisError

from foundation import tally
from foundation.crypto import CannotOpen, blind_index, seal, unseal
from foundation.dated import register, setting
from records.kept.door import Door
from records.kept.edition import EDITION
from residents.access import Viewer, record_event

# Ten thousand people who look at ten pages of 5 KB within an hour: 500 MB, beside the queue of tasks.
MINUTES = register("records.kept_page_minutes", 60, "本人看过的档案页最多加密保存多少分钟（内容一变就作废，0 为不存）")
logger = logging.getLogger(__name__)
ON_REQUEST = "_kept_leaf"
TOKEN_FIELD = "csrfmiddlewaretoken"


@dataclass
class Leaf:
    """A page that is shown again (`stands`), or one that is being made and may be kept."""

    key: str
    until: datetime
    stands: bool = False
    parts: dict[str, str] = field(default_factory=dict)
    event: dict[str, str] | None = None
    since: datetime | None = None

    def part(self, name: str, make: Callable[[], str]) -> str:
        """One part of the page: the kept one, else what `make` gives."""
        if not self.stands:
            self.parts[name] = make()
        return self.parts[name]

    def logged(self, action: str, subject: Model | None = None, facility_id: UUID | None = None) -> None:
        """Say which line the look left in the access log, as every later look does; without it nothing is kept."""
        self.event = {
            "action": action,
            "kind": subject._meta.label if subject is not None else "",
            "id": str(getattr(subject, "id", "")) if subject is not None else "",
            "facility": str(facility_id or ""),
        }


def leaf_of(request: HttpRequest) -> Leaf | None:
    """The leaf of this request; None for a page that is made for its reader alone."""
    found: Leaf | None = vars(request).get(ON_REQUEST)
    return found


def logged(request: HttpRequest, action: str, subject: Model | None = None, facility_id: UUID | None = None) -> None:
    """What `Leaf.logged` says, where there is a leaf."""
    if leaf := leaf_of(request):
        leaf.logged(action, subject, facility_id)


def opened(request: HttpRequest, viewer: Viewer, door: Door, now: datetime, since: datetime | None) -> Leaf:
    """The kept page if it stands, its look written down; else a leaf to be filled. It is on the request then."""
    leaf = Leaf(_key(request, viewer, door, now, since), _until(door, now), since=since)
    if told := _found(leaf.key):
        leaf.stands, leaf.parts = True, told["parts"]
        _write_down(viewer, told["event"], now)
    vars(request)[ON_REQUEST] = leaf
    return leaf


def keep(leaf: Leaf, token: str, now: datetime) -> None:
    """Keep a page that was made, unless one of its parts holds what is of this request alone."""
    if leaf.event is None or not leaf.parts or leaf.until <= now:
        return
    if any(TOKEN_FIELD in part or (token and token in part) for part in leaf.parts.values()):
        return
    told = json.dumps({"parts": leaf.parts, "event": leaf.event}, ensure_ascii=False)
    sealed = seal(zlib.compress(told.encode(), 1), leaf.key.encode())
    try:
        caches["pages"].set(leaf.key, sealed, max(int((leaf.until - now).total_seconds()), 1))
    except RedisError as error:
        logger.warning("the cache is away (%s); the page was not kept", type(error).__name__)


def _found(key: str) -> dict[str, Any] | None:
    """What was kept under a key; nothing where the cache is away, or a key of the ring is gone: it is made anew."""
    try:
        kept = caches["pages"].get(key)
        found: dict[str, Any] | None = json.loads(zlib.decompress(unseal(kept, key.encode()))) if kept else None
    except CannotOpen:
        return None
    except RedisError as error:
        logger.warning("the cache is away (%s); the page is made anew", type(error).__name__)
        return None
    return found


def _write_down(viewer: Viewer, event: dict[str, str], now: datetime) -> None:
    """The line of this look, the same as when the page was made; and its count, as nothing is read of the tables."""
    subject = apps.get_model(event["kind"])(id=UUID(event["id"])) if event["kind"] else None
    facility = UUID(event["facility"]) if event["facility"] else None
    record_event(viewer=viewer, action=event["action"], now=now, subject=subject, facility_id=facility)
    tally.shown()


def _key(request: HttpRequest, viewer: Viewer, door: Door, now: datetime, since: datetime | None) -> str:
    made_of = [
        str(viewer.account_id),
        str(viewer.resident_id),
        request.path,
        get_language() or "",
        str(getattr(request, "display_mode", "")),
        str(getattr(request.user, "is_staff", False)),
        timezone.localdate(now).isoformat(),
        since.isoformat() if since else "",
        EDITION,
        door.stamp or "",
    ]
    return "kept-page:" + blind_index("records.kept_page", "\n".join(made_of)).hex()


def _until(door: Door, now: datetime) -> datetime:
    """The day, the setting, or the next moment at which the time itself changes a page: whichever comes first."""
    if not door.settled:
        return now
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return min(midnight, now + timedelta(minutes=setting(MINUTES, now)), door.until or midnight)
