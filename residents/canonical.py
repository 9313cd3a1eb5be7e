"""How an event of the access log is written down for sealing: explicit, versioned, the same in seal and verify.

A column's value becomes `length:text`, an empty one `-`; times are whole microseconds since 1970. The database builds
the text, from casts that no session setting changes. A form is never edited: a new column makes a new form, and old
links keep theirs.
"""

import hmac
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMS: dict[int, tuple[str, ...]] = {
    1: (
        "at",
        "id",
        "actor_id",
        "actor_name",
        "resident_id",
        "facility_id",
        "action",
        "subject_kind",
        "subject_id",
        "purpose",
        "capacity",
        "opening_id",
        "address",
        "reference",
        "written_at",
    ),
}
FORM = max(FORMS)
TIMES = {"at", "written_at"}
NOTHING_BEFORE = bytes(32)


def canonical_sql(form: int) -> str:
    """The SQL expression that writes an event `e` down in `form`."""
    texts = [
        f"(extract(epoch FROM e.{name}) * 1000000)::bigint::text" if name in TIMES else f"e.{name}::text"
        for name in FORMS[form]
    ]
    return " || ".join(f"coalesce(char_length({text}) || ':' || {text}, '-')" for text in texts)


def any_form_sql() -> str:
    """The SQL expression that writes an event `e` down in the form of its link `s`; null for an unknown form."""
    return " ".join(["CASE s.form", *(f"WHEN {form} THEN {canonical_sql(form)}" for form in FORMS), "END"])


def sealed_text(before: bytes, form: int, event: str, position: int, month: str, sealed_at: datetime) -> bytes:
    """What a link's mac is over: the mac before it, the event as written down, where and when it was sealed."""
    return before + f"{event}|{form}|{position}|{month}|{microseconds(sealed_at)}".encode()


def mac(text: bytes) -> bytes:
    """The mac of `text` with the key that is used now."""
    return hmac.digest(settings.AUDIT_KEYS[0], text, "sha256")


def is_mac_of(found: bytes, text: bytes) -> bool:
    """Whether `found` is the mac of `text` with any key that was ever used."""
    return any(hmac.compare_digest(found, hmac.digest(key, text, "sha256")) for key in settings.AUDIT_KEYS)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970, exactly."""
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * 1_000_000 + moment.microsecond


def month_of(moment: datetime) -> datetime:
    """The first moment of `moment`'s month in the portal's time zone."""
    return moment.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def month_after(month: datetime) -> datetime:
    """The first moment of the month after the one that starts with `month`."""
    start = month.astimezone(SHANGHAI)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def month_name(month: datetime) -> str:
    """`202611` for November 2026."""
    return f"{month.astimezone(SHANGHAI):%Y%m}"
