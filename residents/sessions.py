"""Sessions in PostgreSQL behind the sign-in connection: found by the hash of the cookie's key, sealed at rest.

A signed-in session carries a second random secret, the token, by which row-level security knows who is looking;
the row keeps only its hash. The token lives and dies with the row, and survives a change of the session's key.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError

from foundation import clock
from foundation.crypto import CannotOpen, digest, seal, unseal
from foundation.middleware import TOKEN
from residents.models import AccountSession


def proofs_of(data: dict[str, Any]) -> dict[str, datetime | None]:
    """When the session last proved who holds it, and when with a second factor, from allauth's own records."""
    records = data.get("account_authentication_methods", [])
    every = [record["at"] for record in records]
    second = [record["at"] for record in records if record.get("method") == "mfa"]
    return {"proved_at": _instant(every), "second_factor_at": _instant(second)}


def _instant(stamps: list[float]) -> datetime | None:
    return datetime.fromtimestamp(max(stamps), UTC) if stamps else None


class SessionStore(SessionBase):
    if TYPE_CHECKING:  # the base class's own workings, which the stubs leave out
        _session: dict[str, Any]

        def _get_new_session_key(self) -> str: ...
        def _get_session(self, no_load: bool = False) -> dict[str, Any]: ...

    def _place(self, key_hash: bytes) -> bytes:
        return b"residents_accountsession.data." + key_hash

    def load(self) -> dict[str, Any]:
        key_hash = digest(self.session_key or "")
        row = AccountSession.objects.filter(pk=key_hash, expires_at__gt=clock.now()).only("data").first()
        if row is None:
            self._session_key = None
            return {}
        try:
            data: dict[str, Any] = json.loads(unseal(bytes(row.data), self._place(key_hash)))
        except CannotOpen:
            self._session_key = None
            return {}
        return data

    def exists(self, session_key: str) -> bool:
        return AccountSession.objects.filter(pk=digest(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)
        account = data.get("_auth_user_id")
        signed_in_before = bool(account) and TOKEN in data
        if account and TOKEN not in data:
            data[TOKEN] = secrets.token_urlsafe(32)
        key_hash = digest(self.session_key)
        fields = dict(
            data=seal(json.dumps(data).encode(), self._place(key_hash)),
            account_id=account,
            token_hash=digest(data[TOKEN]) if account else None,
            **proofs_of(data),
            expires_at=clock.now() + timedelta(seconds=self.get_expiry_age()),
        )
        if not must_create:
            if signed_in_before:
                del fields["expires_at"]  # twelve hours from sign-in, whatever is done in between
            if not AccountSession.objects.filter(pk=key_hash).update(**fields):
                raise UpdateError
            return
        try:
            AccountSession.objects.create(key_hash=key_hash, **fields)
        except IntegrityError:
            raise CreateError from None

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            AccountSession.objects.filter(pk=digest(key)).delete()

    def cycle_key(self) -> None:
        """A new key for the same session: the token, and so what the running request may see, stays."""
        old = self.session_key
        data = self._session
        self._session_key = self._get_new_session_key()
        self._session_cache = data
        if old is None or not self.exists(old):
            self.save(must_create=True)
        else:
            AccountSession.objects.filter(pk=digest(old)).update(key_hash=digest(self._session_key or ""))
            self.save()
        self.modified = True

    @classmethod
    def clear_expired(cls) -> None:
        AccountSession.objects.filter(expires_at__lt=clock.now()).delete()
