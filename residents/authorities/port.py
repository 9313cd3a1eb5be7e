"""What an authority offers: an address to send the browser to, and a proof when the browser comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from residents.documents import Document


class Failed(Exception):
    """The round trip proved nothing; `reason` is for the log and never holds what anybody sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Failed):
    """The authority did not answer, or not in time, or not in its own language: nobody's fault who signs in."""


class Cancelled(Failed):
    """The person said no at the authority."""


class NotFresh(Failed):
    """The authority recognised somebody who was signed in there before, and did not ask who it is now."""


@dataclass(frozen=True)
class Flow:
    """What was kept when the browser was sent out; only a browser that carries it may come back."""

    authority: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    account: str
    next: str
    again: bool = False  # set out from a binding that was there, to show once more who one is


@dataclass(frozen=True)
class Proof:
    """What an authority says. `subject` is its own name for the person, unique at `issuer`.

    `name` and `document` are there only when the authority gave them in plain: it may well say "verified" and no more
    (domain facts, section E: the national network identity). Nothing of this is ever printed.
    """

    authority: str
    issuer: str
    subject: str = field(repr=False)
    name: str = field(default="", repr=False)
    document: Document | None = field(default=None, repr=False)
    fresh: bool = False  # the person showed it a moment ago, and the authority says when


class Authority(Protocol):
    """One way to be recognised. `knows_people`: it has seen the person's document; a chat account has not.

    `proves_again`: it says when the person showed it who they are, so that it can be asked once more before sensitive
    things; an authority that does not say so may have let in whoever holds the phone.
    """

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str | Promise: ...

    @property
    def knows_people(self) -> bool: ...

    @property
    def proves_again(self) -> bool: ...

    def begin(self, flow: Flow, back: str, now: datetime) -> str:
        """The address to send the browser to; it returns to `back`. Raises Unreachable."""

    def finish(self, answer: Mapping[str, str], flow: Flow, back: str, now: datetime) -> Proof:
        """What the answer the browser brought proves; raises Failed, in doubt always."""


def configured() -> dict[str, Authority]:
    """The authorities of this installation by key, in the order the sign-in page shows them."""
    found = [_load(path) for path in settings.AUTHORITIES]
    return {authority.key: authority for authority in found}


@cache
def _load(path: str) -> Authority:
    try:
        make = cast(Callable[[], Authority], import_string(path))
    except ImportError as error:
        raise ImproperlyConfigured(f"身份认证适配器 {path} 不存在。") from error
    return make()
