"""Sessions in PostgreSQL behind the sign-in connection: found by the hash of the cookie's key, sealed at rest.

A signed-in session carries a second random secret, the token, by which row-level security knows who is looking;
the row keeps only its hash. The token lives and dies with the row, and survives a change of the session's key.
"""

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError
from django.db.models import QuerySet

from foundation import clock
from foundation.crypto import CannotOpen, digest, seal, unseal
from foundation.middleware import TOKEN
from foundation.prepared import Question
from residents.idle import Kind, is_due, slid
from residents.models import Account, AccountSession

RECORDS = "account_authentication_methods"  # where allauth notes how the session proved who holds it
SIGNED_IN_FROM = "signed_in_from"  # device and address of the sign-in, until they are in their columns
PROOFS = frozenset({"password", "code", "mfa", "authority"})


def proofs_of(data: dict[str, Any]) -> dict[str, datetime | None]:
    """When the session last proved who holds it, and when with a second factor, from allauth's own records.

    Records of another account, left in the session by a sign-in that was never finished, do not count.
    """
    mine = data.get(f"{RECORDS}_user") == data.get(SESSION_KEY)
    records = data.get(RECORDS, []) if mine else []
    every = [record["at"] for record in records if record.get("method") in PROOFS]
    second = [record["at"] for record in records if record.get("method") == "mfa"]
    return {"proved_at": _instant(every), "second_factor_at": _instant(second)}


def extend(session_key: str | None, now: datetime) -> datetime | None:
    """Move the end of a signed-in session as if a page had been asked for; returns the end, None when it is over."""
    row = _living(digest(session_key or ""), now).exclude(account=None).first()
    return _slide(row, now) if row else None


def _living(key_hash: bytes, now: datetime) -> QuerySet[AccountSession]:
    fields = ("data", "account_id", "kind", "signed_in_at", "last_seen_at", "expires_at")
    return AccountSession.objects.filter(pk=key_hash, expires_at__gt=now).only(*fields)


_LIVING = Question(_living)  # asked at every page


def _slide(row: AccountSession, now: datetime) -> datetime:
    slid(row, now)
    # Only a row that lives: one that was ended meanwhile must not come back.
    AccountSession.objects.filter(pk=row.pk).update(last_seen_at=row.last_seen_at, expires_at=row.expires_at)
    return row.expires_at


def _instant(stamps: list[float]) -> datetime | None:
    return datetime.fromtimestamp(max(stamps), UTC) if stamps else None


class SessionStore(SessionBase):
    ends_at: datetime | None = None  # of the session that was loaded, when it is signed in
    kind: str = ""

    if TYPE_CHECKING:  # the base class's own workings, which the stubs leave out
        _session: dict[str, Any]

        def _get_new_session_key(self) -> str: ...
        def _get_session(self, no_load: bool = False) -> dict[str, Any]: ...

    def _place(self, key_hash: bytes) -> bytes:
        return b"residents_accountsession.data." + key_hash

    def load(self) -> dict[str, Any]:
        now = clock.now()
        row: AccountSession | None = _LIVING.first(digest(self.session_key or ""), now)
        if row is None:
            self._session_key = None
            return {}
        try:
            data: dict[str, Any] = json.loads(unseal(bytes(row.data), self._place(bytes(row.pk))))
        except CannotOpen:
            self._session_key = None
            return {}
        if row.account_id:
            self.kind = row.kind
            self.ends_at = _slide(row, now) if is_due(row, now) else row.expires_at
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
        dates = self._dates(data)
        key_hash = digest(self.session_key)
        account = data.get(SESSION_KEY)
        fields = dict(
            data=seal(json.dumps(data).encode(), self._place(key_hash)),
            account_id=account,
            token_hash=digest(data[TOKEN]) if account else None,
            **proofs_of(data),
            **dates,
        )
        if not must_create:
            if not AccountSession.objects.filter(pk=key_hash).update(**fields):
                raise UpdateError
            return
        try:
            AccountSession.objects.create(key_hash=key_hash, **fields)
        except IntegrityError:
            raise CreateError from None

    def _dates(self, data: dict[str, Any]) -> dict[str, Any]:
        """Until when the session lives; at sign-in also its token, kind and place, which never change afterwards."""
        now, account = clock.now(), data.get(SESSION_KEY)
        if not account:
            return {"expires_at": now + timedelta(seconds=self.get_expiry_age())}
        if TOKEN in data:
            return {}
        data[TOKEN] = secrets.token_urlsafe(32)
        origin = data.pop(SIGNED_IN_FROM, {})
        staff = Account.objects.filter(pk=account, is_staff=True).exists()
        kind = Kind.KIOSK if origin.get("kiosk") else Kind.STAFF if staff else Kind.RESIDENT
        row = slid(AccountSession(kind=kind, signed_in_at=now), now)
        self.ends_at = row.expires_at
        return {
            "kind": kind,
            "signed_in_at": now,
            "last_seen_at": now,
            "expires_at": row.expires_at,
            "device": origin.get("device", ""),
            "address": origin.get("address"),
        }

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
            if TOKEN in data:
                data.clear()  # it was ended meanwhile, and must not come back under another key
            self.save(must_create=True)
        else:
            AccountSession.objects.filter(pk=digest(old)).update(key_hash=digest(self._session_key or ""))
            self.save()
        self.modified = True

    @classmethod
    def clear_expired(cls) -> None:
        AccountSession.objects.filter(expires_at__lt=clock.now()).delete()
