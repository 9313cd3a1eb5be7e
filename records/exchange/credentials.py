"""What a source is asked with: written by staff, opened by the worker, and by a page that shows pictures of a study.

A secret that staff saved comes first; without one the environment is looked into, under the name that the row gives.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from foundation.crypto import CannotOpen
from foundation.environment import given
from foundation.rowsecurity import database
from records.exchange.models import Source, SourceCredential
from records.exchange.problems import PullFailed

Purpose = SourceCredential.Purpose
# Which purposes have a meaning for which kind; the kinds that send by themselves show a push key or an address.
PURPOSES: dict[str, tuple[str, ...]] = {
    Source.Kind.FHIR_R4: (Purpose.TOKEN, Purpose.LOGIN, Purpose.CERTIFICATE, Purpose.AUTHORITY),
    Source.Kind.DICOMWEB: (Purpose.TOKEN, Purpose.LOGIN, Purpose.CERTIFICATE, Purpose.AUTHORITY, Purpose.VIEWER),
    Source.Kind.SQL_VIEW: (Purpose.PASSWORD,),
}
# A question has one Authorization: whoever saves the one means it instead of the other.
INSTEAD: dict[str, str] = {Purpose.TOKEN: Purpose.LOGIN, Purpose.LOGIN: Purpose.TOKEN}
LOST = "这个数据来源保存的凭证打不开（密钥已更换或丢失）。请在数据来源的“凭证”里重新填写。"


@dataclass(frozen=True)
class Secrets:
    """What is known of a source, opened; empty where there is none. Certificates and keys are PEM.

    `viewer` is what links into a PACS's own viewer are signed with.
    """

    authorization: str = ""
    password: str = ""
    certificate: str = ""
    authority: str = ""
    viewer: str = ""

    def __repr__(self) -> str:
        """Nothing of it: a traceback must not say it."""
        return "Secrets(…)"


def secrets_of(source: Source) -> Secrets:
    """What a source is asked with; for the worker. Raises PullFailed where something is named and cannot be had."""
    saved = SourceCredential.objects.filter(source=source, ended_at=None).defer(None)
    return opened(source, [] if source._state.adding else saved)


def sealed_for_pictures(study: UUID) -> list[SourceCredential]:
    """What the PACS of a study is asked with, still sealed; nothing where the session may not see the study."""
    asked = "SELECT id, purpose, sealed FROM app.picture_secrets(%s)"
    return list(SourceCredential.objects.raw(asked, [study]))


def opened(source: Source, rows: Iterable[SourceCredential]) -> Secrets:
    """What these rows say, and the environment where they say nothing; raises PullFailed as `secrets_of` does."""
    saved = _saved(rows)
    password = saved.get(Purpose.PASSWORD, "")
    authorization = _authorization(saved)
    if not (password or authorization):
        password = _from_environment(source)
        authorization = f"Bearer {password}" if password else ""
    certificate, authority, viewer = (
        saved.get(purpose, "") for purpose in (Purpose.CERTIFICATE, Purpose.AUTHORITY, Purpose.VIEWER)
    )
    return Secrets(authorization, password, certificate, authority, viewer)


def _saved(rows: Iterable[SourceCredential]) -> dict[str, str]:
    try:
        return {row.purpose: row.sealed or "" for row in rows}
    except CannotOpen:
        raise PullFailed(LOST) from None


def _authorization(saved: dict[str, str]) -> str:
    if Purpose.TOKEN in saved:
        return f"Bearer {saved[Purpose.TOKEN]}"
    if Purpose.LOGIN in saved:
        pair = ":".join(json.loads(saved[Purpose.LOGIN]))
        return f"Basic {base64.b64encode(pair.encode()).decode()}"
    return ""


def _from_environment(source: Source) -> str:
    """The secret from the environment or a file; the row only names the variable."""
    if not source.credential:
        return ""
    try:
        secret = given(source.credential)
    except ImproperlyConfigured as trouble:
        raise PullFailed(str(trouble)) from None
    if not secret:
        what = "数据库密码" if source.kind == Source.Kind.SQL_VIEW else "访问令牌"
        raise PullFailed(
            f"环境变量 {source.credential} 没有设置，取不到{what}。"
            "请在运行门户的服务器上设置，或在数据来源的“凭证”里填写。"
        )
    return secret


@dataclass(frozen=True)
class Given:
    """A secret as it was typed in and checked."""

    purpose: str
    secret: str
    valid_until: datetime | None = None


def keep(source: Source, new: Given, *, by: str, now: datetime) -> None:
    """Seal a new secret and erase the one it takes the place of; nobody on the web can read either."""
    with transaction.atomic(using=database()):
        _locked(source)
        _end(source, [new.purpose, INSTEAD.get(new.purpose, new.purpose)], by, now)
        SourceCredential.objects.create(
            source=source,
            facility_id=source.facility_id,
            purpose=new.purpose,
            sealed=new.secret,
            valid_until=new.valid_until,
            set_at=now,
            set_by=by[:100],
        )


def remove(source: Source, purpose: str, *, by: str, now: datetime) -> bool:
    """Erase a secret; False where there is none."""
    with transaction.atomic(using=database()):
        _locked(source)
        return bool(_end(source, [purpose], by, now))


def _locked(source: Source) -> None:
    """Two persons who replace the same secret do so one after the other."""
    Source.objects.select_for_update().only("pk").get(pk=source.pk)


def _end(source: Source, purposes: list[str], by: str, now: datetime) -> int:
    inforce = SourceCredential.objects.filter(source=source, purpose__in=purposes, ended_at=None)
    return inforce.update(ended_at=now, ended_by=by[:100], sealed=None)


@dataclass(frozen=True)
class Kept:
    """What staff may know of one purpose: who saved or removed it when; never what it is."""

    purpose: str
    label: str
    inforce: SourceCredential | None
    past: list[SourceCredential]


def kept(source: Source) -> list[Kept]:
    """For each purpose of the source's kind what is in force, and what was before."""
    rows: dict[str, list[SourceCredential]] = defaultdict(list)
    for row in SourceCredential.objects.filter(source=source):
        rows[row.purpose].append(row)
    return [
        Kept(
            purpose,
            str(Purpose(purpose).label),
            next((row for row in rows[purpose] if row.ended_at is None), None),
            [row for row in rows[purpose] if row.ended_at is not None],
        )
        for purpose in PURPOSES.get(source.kind, ())
    ]
