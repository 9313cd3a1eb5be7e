"""A link that opens a study in the PACS's own viewer: signed, and good for some minutes (docs/connect/dicomweb.md)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from foundation.environment import given
from records.exchange.problems import PullFailed

MINUTES = 5
MOST_MINUTES = 30
SECRET = "FACILITY_TOKEN_"
SHORTEST_SECRET = 32
NOT_SET = "影像浏览器的链接没有设置好，请联系门户的维护人员。"


def has_viewer(options: Mapping[str, Any]) -> bool:
    """Whether a source says where its viewer is."""
    return bool(options.get("template"))


def viewer_link(options: Mapping[str, Any], saved: str, *, study: str, accession: str, now: datetime) -> str:
    """The address of a study in the viewer, until some minutes from now; raises PullFailed where it is not set up.

    The signature is HMAC-SHA256 over `study|accession|expires`, in hexadecimal, with the secret that staff saved, or
    else the one in the environment that the source names.
    """
    template = options.get("template")
    if not isinstance(template, str) or urlsplit(template).scheme != "https" or not urlsplit(template).hostname:
        raise PullFailed(NOT_SET)
    expires = str(int(now.timestamp()) + 60 * _minutes(options))
    signed = hmac.new(_secret(options, saved), f"{study}|{accession}|{expires}".encode(), hashlib.sha256).hexdigest()
    values = {"study": study, "accession": accession, "expires": expires, "signature": signed}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def _minutes(options: Mapping[str, Any]) -> int:
    minutes = options.get("minutes", MINUTES)
    usable = isinstance(minutes, int) and not isinstance(minutes, bool) and 1 <= minutes <= MOST_MINUTES
    return minutes if usable else MINUTES


def _secret(options: Mapping[str, Any], saved: str) -> bytes:
    """The secret shared with the viewer; raises PullFailed where there is none, or one too short to sign with."""
    secret = saved or _from_environment(options.get("secret"))
    if len(secret) < SHORTEST_SECRET:
        raise PullFailed(NOT_SET)
    return secret.encode()


def _from_environment(name: object) -> str:
    """The secret in the environment; the row only names the variable."""
    # Or the row could have any other secret of the server used to sign with.
    if not isinstance(name, str) or not name.startswith(SECRET):
        raise PullFailed(NOT_SET)
    try:
        return given(name)
    except ImproperlyConfigured:
        raise PullFailed(NOT_SET) from None
