"""Whom a session acts for: oneself unless it says otherwise, and only while the database agrees.

The session remembers a wish (a person, and for staff the opening); each request asks the database whether it still
holds. A delegation that ended, a birthday, minutes that are over, a role that was taken: the wish is dropped.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from foundation import clock
from foundation.dated import register
from foundation.rowsecurity import asked
from residents.models import Account, Delegation, Opening
from residents.models.access import Capacity

# Read by the database (residents, migration 0005).
PROOF_MINUTES = register("identity.proof_minutes", 5, "再次验证身份后多少分钟内可以办理敏感事项")
register("delegation.consent_age", 14, "满多少周岁后，监护人看档案要本人同意")
register("delegation.adult_age", 18, "满多少周岁后，监护代办结束")
register("access.care_minutes", 30, "诊疗中打开一位居民的档案，多少分钟后自动关闭")
register("access.emergency_minutes", 30, "紧急调阅多少分钟后自动关闭")
register("access.counter_minutes", 15, "窗口办理多少分钟后自动关闭")
register("access.assisted_minutes", 15, "帮办多少分钟后自动结束")

ACTING = "acting"  # in the session: {"resident": ..., "opening": ...}
KEPT = "_acting"  # on the request: what the database said, for as long as the request lasts


@dataclass(frozen=True)
class Acting:
    """The person this session acts for, in what capacity, and until when."""

    resident_id: UUID
    name: str
    capacity: str
    opening_id: UUID | None = None
    closes_at: datetime | None = None
    facility_id: UUID | None = None
    tasks: tuple[str, ...] = ()

    @property
    def by_staff(self) -> bool:
        """Whether a staff member acts, through an opening of some minutes."""
        return self.opening_id is not None


def act_for(request: HttpRequest, resident_id: UUID, opening_id: UUID | None = None) -> None:
    """From now on this session acts for a person; whether it may is asked anew at each request."""
    request.session[ACTING] = {"resident": str(resident_id), "opening": str(opening_id) if opening_id else None}
    forget(request)


def stop_acting(request: HttpRequest) -> None:
    """Back to oneself."""
    request.session.pop(ACTING, None)
    forget(request)


def forget(request: HttpRequest) -> None:
    """Ask the database again, within this request, whom the session acts for."""
    vars(request).pop(KEPT, None)


def acting_of(request: HttpRequest) -> Acting | None:
    """Whom the session acts for, or None for oneself; one statement, and none for a session that acts for nobody."""
    kept = vars(request)
    if KEPT not in kept:
        kept[KEPT] = _still(request)
    found: Acting | None = kept[KEPT]
    return found


def _still(request: HttpRequest) -> Acting | None:
    wish = request.session.get(ACTING) if hasattr(request, "session") else None
    if not wish or not isinstance(request.user, Account):
        return None
    with transaction.atomic(savepoint=False):
        found = _opened(wish, clock.now()) if wish["opening"] else _delegated(request.user, wish, clock.now())
    if found is None:
        request.session.pop(ACTING, None)
        vars(request)["acting_ended"] = True  # said once, by the banner
    return found


def _opened(wish: dict[str, str], now: datetime) -> Acting | None:
    opening = Opening.objects.live(now).filter(pk=wish["opening"], resident_id=UUID(wish["resident"]))
    # Joined under row-level security: the row is only there while the database lets this session see the person.
    found = opening.select_related("resident").first()
    if found is None:
        return None
    return Acting(
        resident_id=found.resident_id,
        name=found.resident.name,
        capacity=found.kind,
        opening_id=found.pk,
        closes_at=found.closes_at,
        facility_id=found.facility_id,
        tasks=tuple(found.tasks),
    )


def _delegated(account: Account, wish: dict[str, str], now: datetime) -> Acting | None:
    if account.resident_id is None:
        return None
    held = Delegation.objects.live(now).held_by(account.resident_id).about(UUID(wish["resident"]))
    found = held.select_related("resident").order_by("created_at").first()
    if found is None:
        return None
    guardian = found.relation == Delegation.Relation.GUARDIAN
    return Acting(
        resident_id=found.resident_id,
        name=found.resident.name,
        capacity=Capacity.GUARDIAN if guardian else Capacity.DELEGATE,
        closes_at=found.ends_at,
    )


def may_see(resident_id: UUID, category: str) -> bool:
    """Whether this session may see a person for `category`, a value of Category; the database's word."""
    with transaction.atomic(savepoint=False):
        return bool(asked("SELECT %s = ANY (app.residents_for(%s))", [resident_id, category]))
