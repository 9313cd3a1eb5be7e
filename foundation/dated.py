"""Dated settings: thresholds, windows, texts and limits that staff see and change, read through one function.

Each room registers its settings where it uses them; the registered default holds until a row says otherwise.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from foundation.models import DatedSetting

CACHE_SECONDS = 30


@dataclass(frozen=True)
class Registered:
    """One known setting: its default, its type, and what it means in the staff's words."""

    key: str
    default: Any
    label: str | Promise

    def check(self, value: Any) -> None:
        """Raise ValidationError unless `value` has the default's type (whole numbers pass where decimals do)."""
        expected = type(self.default)
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise ValidationError(f"{self.label} 的取值类型不对，应与默认值 {self.default!r} 相同。")


REGISTRY: dict[str, Registered] = {}


def register(key: str, default: Any, label: str | Promise) -> str:
    """Make `key` known, with its default and label; returns the key, so a room can name it once."""
    REGISTRY[key] = Registered(key, default, label)
    return key


def setting(key: str, now: datetime) -> Any:
    """The value of `key` in force at `now`; raises KeyError for a key nobody registered.

    Values are cached for 30 seconds; a change is seen by every process within that time.
    """
    registered = REGISTRY[key]
    rows = caches["memory"].get_or_set(f"dated:{key}", lambda: _rows(key), CACHE_SECONDS) or []
    return next((value for start, value in rows if start <= now), registered.default)


def time_setting(key: str, now: datetime) -> time:
    """A setting that is a time of day; a text that is none leaves the registered default in force."""
    try:
        return time.fromisoformat(setting(key, now))
    except ValueError:
        return time.fromisoformat(REGISTRY[key].default)


def forget(key: str) -> None:
    """Drop this process's cached rows of `key` after a change; the others follow within 30 seconds."""
    caches["memory"].delete(f"dated:{key}")


def _rows(key: str) -> list[tuple[datetime, Any]]:
    rows = DatedSetting.objects.filter(key=key).order_by("-valid_from")
    return list(rows.values_list("valid_from", "value")[:50])
