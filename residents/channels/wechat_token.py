"""WeChat's access token: one for all processes, two hours long, kept sealed in the shared cache.

Asking for a new one is limited by WeChat, and each forced one ends the one before. So whoever finds none takes a lock,
looks again, and only then asks.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import connections, transaction

from foundation.crypto import CannotOpen, seal, unseal
from foundation.rowsecurity import database
from residents.channels.http import post
from residents.messages_port import CannotSend

SPARE_SECONDS = 300  # a token is not used up to its last minute


@dataclass(frozen=True)
class Token:
    """The token of one official account."""

    address: str
    app_id: str
    secret: str = field(repr=False)

    def now(self) -> str:
        """The token that holds now; raises CannotSend where WeChat gives none."""
        if found := self._kept():
            return found
        with _one_at_a_time():
            return self._kept() or self._fetch(force=False)

    def instead_of(self, refused: str) -> str:
        """Another token than one that WeChat refused: somebody else's newer one, or a new one."""
        with _one_at_a_time():
            kept = self._kept()
            return kept if kept and kept != refused else self._fetch(force=True)

    def _fetch(self, force: bool) -> str:
        wanted = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret}
        body = json.dumps({**wanted, "force_refresh": force}).encode()
        address = f"{self.address}/cgi-bin/stable_token"
        answer: dict[str, Any] = post("微信", address, body=body, headers={"Content-Type": "application/json"})
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise CannotSend(
                f"微信没有给出访问令牌（{str(answer.get('errcode', ''))[:20]}），请核对 WECHAT_APP_ID、"
                "WECHAT_APP_SECRET 和公众号的IP白名单。"
            )
        lasts = answer.get("expires_in")
        spare = max((lasts if isinstance(lasts, int) else 0) - SPARE_SECONDS, 1)
        cache.set(self._key, seal(token.encode(), self._key.encode()), spare)
        return token

    def _kept(self) -> str:
        sealed = cache.get(self._key)
        try:
            return unseal(sealed, self._key.encode()).decode() if sealed else ""
        except CannotOpen:
            return ""

    @property
    def _key(self) -> str:
        return f"residents:wechat_token:{self.app_id}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """The lock is the transaction's, so it cannot be left behind; the question inside has a deadline."""
    alias = database()
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('residents.wechat_token', 0))")
        yield
