"""What this room holds about a person, for "everything held about me"; and what closing an account must wait for."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from health_education.models import Bookmark, Feedback, SignUp
from residents.access import Viewer
from residents.my_data import closing, parts

FIELDS = ("activity", "facility", "signed_at", "walked_in", "cancelled_at", "attended_at")


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    parts.register(
        "signups",
        gettext_lazy("活动报名"),
        SignUp,
        lambda viewer: SignUp.objects.visible_to(viewer).select_related("activity", "facility").order_by("-signed_at"),
        FIELDS,
    )
    parts.register(
        "bookmarks",
        gettext_lazy("收藏的文章"),
        Bookmark,
        lambda viewer: _own(Bookmark.objects.select_related("article").order_by("-saved_at"), viewer),
        ("article", "saved_at", "ended_at"),
    )
    parts.register(
        "feedback",
        gettext_lazy("对文章的反馈"),
        Feedback,
        lambda viewer: _own(Feedback.objects.select_related("article").order_by("-at"), viewer),
        ("article", "kind", "place", "words", "at", "answer", "settled_at"),
    )
    closing.register(_still_signed_up)


def _own(rows: QuerySet[Any], viewer: Viewer) -> QuerySet[Any]:
    """An account's own; who looks at somebody else's data sees none of their own there."""
    return rows.filter(account_id=viewer.account_id) if viewer.is_self else rows.none()


def _still_signed_up(viewer: Viewer, now: datetime) -> str:
    count = SignUp.objects.visible_to(viewer).awaited(now).filter(activity__starts_at__gt=now).count()
    return _("您还报名了 %(count)d 个活动，请先取消报名，把名额让给别人。") % {"count": count} if count else ""
