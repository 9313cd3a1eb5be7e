"""What staff do about an activity: announce it, call it off, tick off who came, write down that it was held."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from facilities.roles import Role
from health_education.activities import codes
from health_education.activities.refusals import NotNow
from health_education.models import Activity, SignUp
from residents.access import record_staff_event
from residents.models import Account

# The policies of migration 0008 name the same: who writes, and who may see the names of those who come.
WRITERS = (Role.EDITOR, Role.MANAGER, Role.PUBLIC_HEALTH, Role.VILLAGE_DOCTOR)
LISTERS = (Role.MANAGER, Role.PUBLIC_HEALTH, Role.VILLAGE_DOCTOR)


@transaction.atomic
def publish(*, activity: Activity, by: Account, now: datetime) -> None:
    """Let residents see it. One that was held without the portal may be entered and published afterwards."""
    drafts = Activity.objects.filter(pk=activity.pk, state=Activity.State.DRAFT)
    if not drafts.update(state=Activity.State.PUBLISHED, published_at=now):
        raise NotNow(_("这个活动不是草稿，不能再发布。"))
    _log("health_education.activity_published", activity, by, now)


@transaction.atomic
def call_off(*, activity: Activity, reason: str, by: Account, now: datetime) -> None:
    """Cancel it; the database tells everybody who signed up, in the same statement. Not once it was held."""
    if not reason.strip():
        raise NotNow(_("请写明取消的原因，报名的人会看到。"))
    live = Activity.objects.filter(pk=activity.pk, held_at__isnull=True).exclude(state=Activity.State.CANCELLED)
    if not live.update(state=Activity.State.CANCELLED, cancelled_at=now, cancel_reason=reason.strip()):
        raise NotNow(_("这个活动已经取消，或者已经登记举办，不能再取消。"))
    _log("health_education.activity_cancelled", activity, by, now)


def may_mark(activity: Activity, now: datetime) -> bool:
    """Whether staff may note who came: from shortly before it begins, and on paper slips also days later."""
    begun = activity.state == Activity.State.PUBLISHED and activity.starts_at <= now
    return begun or codes.is_on(activity, now)


@transaction.atomic
def tick(
    *, activity: Activity, came: Collection[UUID], stayed_away: Collection[UUID], by: Account, now: datetime
) -> int:
    """Note who of the list came, and take back who was ticked by mistake; returns how many lines that changed.

    Raises `NotNow` before it begins and once it was called off.
    """
    if came and not may_mark(activity, now):
        raise NotNow(_("活动没有开始或者已经取消，不能登记到场。"))
    listed = SignUp.objects.live().filter(activity=activity)
    # Lines first, the activity's count after them, as whoever scans does: nobody waits in a circle (docs/locking.md).
    list(listed.filter(pk__in={*came, *stayed_away}).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    changed = listed.filter(pk__in=came, attended_at__isnull=True).update(attended_at=now, attended_by=by.pk)
    changed += listed.filter(pk__in=stayed_away, attended_at__isnull=False).update(attended_at=None, attended_by=None)
    if changed:
        _log("health_education.ticked", activity, by, now)
    return changed


@transaction.atomic
def scan(*, activity: Activity, signup: SignUp, by: Account, now: datetime) -> bool:
    """Note that the holder of a slip came; False when that had been noted. Raises `NotNow` before it begins."""
    if not may_mark(activity, now):
        raise NotNow(_("活动没有开始或者已经取消，不能登记到场。"))
    line = SignUp.objects.live().filter(pk=signup.pk, attended_at__isnull=True)
    came = line.update(attended_at=now, attended_by=by.pk)
    if came:
        _log("health_education.ticked", activity, by, now)
    return bool(came)


@transaction.atomic
def hold(*, activity: Activity, walk_ins: int, note: str, by: Account, now: datetime) -> None:
    """Write down that it took place, with how many more came than were ticked off or scanned; may be corrected.

    Whoever scans or is ticked off afterwards is added by the database (migration 0011).
    """
    begun = Activity.objects.filter(pk=activity.pk, state=Activity.State.PUBLISHED, starts_at__lte=now)
    if not begun.update(held_at=now, walk_ins=walk_ins, held_note=note):
        raise NotNow(_("活动发布并开始以后，才能登记举办情况。"))
    _log("health_education.activity_held", activity, by, now)


def _log(action: str, activity: Activity, by: Account, now: datetime) -> None:
    record_staff_event(account=by, action=action, now=now, subject=activity, facility_id=activity.facility_id)
