"""The person's side of health links: making one, looking at one's own, forgetting what has ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db import IntegrityError, connections, transaction
from django.db.models import Prefetch, Q

from foundation.crypto import seal
from foundation.dated import register, setting
from foundation.rowsecurity import database
from records.fhir import bundles
from records.fhir.elements import Resource
from records.links import writing
from records.links.writing import Secret
from records.models import SharedFile, ShareLink, ShareOpening
from records.models.health_links import file_place
from records.sharing import secrets, shares
from residents.access import Viewer, record_event

MADE, LISTED = "records.made_health_link", "records.list_health_links"
DAYS = register("records.health_link_days", 3, "健康链接默认有效几天")
LONGEST = register("records.health_link_longest_days", 30, "健康链接最长有效几天（不超过31）")
# Read by the database (records, migration 0020).
register("records.health_link_minutes", 10, "健康链接打开后，文件的下载地址多少分钟内有效（不超过60，只能用一次）")
CHOICES = (1, 3, 7, 30)
PAGE = 10
AT_ONCE = 1000
ABOUT = frozenset({"Composition", "Patient", "Organization"})


class MadeBefore(Exception):
    """The same form made a link already; what it showed cannot be shown again."""


@dataclass(frozen=True)
class Made:
    """A link just made, with what opens it: the only time that is known. `counts`: how many entries a section holds."""

    share: ShareLink
    link: str
    passcode: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Standing:
    """What the database says of a link that has neither expired nor been revoked."""

    state: str
    changed: bool


def days_offered(now: datetime) -> list[int]:
    """For how many days a link may be made; the county's own default is among them."""
    longest = min(setting(LONGEST, now), 31)
    return sorted({min(setting(DAYS, now), longest), *(days for days in CHOICES if days <= longest)})


@transaction.atomic
def make(*, days: int, passcode: str, form_key: UUID, label: str, by: Viewer, now: datetime) -> Made:
    """Make a link to the person's summary as it is now. Raises MadeBefore for a form that was sent twice."""
    secret = writing.new_secret()
    share = _share(secret, days, passcode, form_key, by, now)
    try:
        with transaction.atomic(using=database()):
            share.save(force_insert=True)
    except IntegrityError as twice:
        raise MadeBefore from twice
    bundle = bundles.summary(by, now, deed=MADE, subject=share)
    _keep(share, bundle, secret, now)
    told = writing.link(secret, until=share.expires_at, label=label)
    return Made(share, told, passcode, bundles.entries_in(bundle))


def _share(secret: Secret, days: int, passcode: str, form_key: UUID, by: Viewer, now: datetime) -> ShareLink:
    share = ShareLink(
        resident_id=by.resident_id,
        kind=ShareLink.Kind.SHL,
        link_hash=bytes(secrets.link_index(secret.address)),
        form_hash=secrets.form_hash(form_key),
        created_by=by.account_id,
        created_at=now,
        expires_at=now + timedelta(days=days),
        attempts=min(setting(shares.ATTEMPTS, now), 10),
    )
    share.pin_hash = bytes(secrets.pin_index(share.pk, passcode))
    return share


def _keep(share: ShareLink, bundle: Resource, secret: Secret, now: datetime) -> None:
    content = writing.encrypted(bundle, secret.key)
    entries = [entry["resource"] for entry in bundle["entry"]]
    file = SharedFile(resident_id=share.resident_id, share=share, made_at=now, size=len(content))
    file.rows = [UUID(one["id"]) for one in entries if one["resourceType"] not in ABOUT]
    file.content = seal(content.encode(), file_place(file.pk))
    file.save(force_insert=True)


def links_of(viewer: Viewer, *, page: str | None, now: datetime) -> tuple[Page[ShareLink], Mapping[UUID, Standing]]:
    """The person's links, the newest first, with who opened them; and how those stand that may still open."""
    openings = ShareOpening.objects.order_by("-opened_at")
    mine = ShareLink.objects.visible_to(viewer).filter(kind=ShareLink.Kind.SHL).order_by("-created_at", "-id")
    record_event(viewer=viewer, action=LISTED, now=now)
    listed = Paginator(mine.prefetch_related(Prefetch("openings", openings)), PAGE).get_page(page)
    return listed, _standings(viewer.resident_id)


def _standings(resident_id: UUID) -> dict[UUID, Standing]:
    with connections[database()].cursor() as cursor:
        cursor.execute("SELECT id, state, changed FROM app.health_links_of(%s)", [resident_id])
        return {key: Standing(state, changed) for key, state, changed in cursor.fetchall()}


def forget(now: datetime) -> int:
    """Erase the files of links that have ended: nobody can open them any more. Returns how many."""
    over = Q(share__expires_at__lte=now) | Q(share__revoked_at__isnull=False)
    ended = SharedFile.objects.filter(over, content__isnull=False).values_list("pk", flat=True)[:AT_ONCE]
    return SharedFile.objects.filter(pk__in=list(ended)).update(content=None)
