"""Wording for pages: what stage a text has reached."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from health_education.models import Revision


def stage(revision: Revision, now: datetime) -> str:
    """Where a wording stands on its way to the residents, in the editor's words."""
    if revision.article.withdrawn_at:
        return _("文章已下线")
    if revision.state != Revision.State.APPROVED:
        return str(revision.get_state_display())
    if revision.publish_at is None:
        return _("审核通过，等待发布")
    if revision.publish_at > now:
        return _("将于%(time)s自动发布") % {"time": timezone.localtime(revision.publish_at).strftime("%Y-%m-%d %H:%M")}
    return _("已发布")
