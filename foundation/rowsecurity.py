"""Which database login does what: the router, and acting for a while with another login."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Model

from foundation.postgres.base import token

SIGN_IN_APPS = frozenset({"account", "mfa", "socialaccount", "django_cache"})

_acting: ContextVar[str | None] = ContextVar("acting_database", default=None)


@contextmanager
def acting_as(alias: str) -> Iterator[None]:
    """Run every query on `alias`: for tests and their factories, which write as the owner."""
    mark = _acting.set(alias)
    try:
        yield
    finally:
        _acting.reset(mark)


@contextmanager
def seeing(value: str | None) -> Iterator[None]:
    """Hand `value` (a session's token, or none) to each transaction begun inside."""
    mark = token.set(value)
    try:
        yield
    finally:
        token.reset(mark)


def database() -> str:
    """The alias that rows of this process are on, for `transaction.atomic(using=...)` and raw statements."""
    return _acting.get() or "default"


def asked(question: str, values: Sequence[Any] = ()) -> Any:
    """The one value that a statement answers, most often a function of the database that knows this session."""
    with connections[database()].cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def may_at_bureau(role: str) -> bool:
    """Whether this session's account holds `role` at the health bureau, as row-level security counts it."""
    return bool(asked("SELECT app.has_role_at_bureau(%s::text[])", [[role]]))


def behind_sign_in(model: type[Model]) -> bool:
    """True for accounts, sessions, second factors and codes: tables the web login cannot read."""
    return model._meta.app_label in SIGN_IN_APPS or getattr(model, "behind_sign_in", False)


class Router:
    """Always explicit, so that the login an object was loaded with never decides where it is saved."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        if alias := _acting.get():
            return alias
        return "signin" if behind_sign_in(model) and "signin" in connections else "default"

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == settings.OWNER_ALIAS
