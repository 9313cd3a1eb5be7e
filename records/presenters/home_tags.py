"""What a kept summary says that there may be something to read about."""

from datetime import datetime, timedelta

from foundation.dated import setting
from records import suggesting
from records.home import Home
from records.presenters import kept


def tags(of: Home, now: datetime) -> list[suggesting.Found]:
    """What to read about, by what the summary holds, what is followed up first; no statement."""
    found: dict[str, suggesting.Found] = {}
    since = now - timedelta(days=setting(suggesting.FOLLOW_UP_DAYS, now))
    for row in kept.of_kind(of.read.records, "encounters"):
        when, reason = kept.moment(row.get("occurred_at")), row.get("reason", "")
        for tag in suggesting.named(reason) if suggesting.FOLLOW_UP in reason and when and when >= since else ():
            found.setdefault(tag, suggesting.Found(tag, followed=True))
    for row in kept.of_kind(of.read.records, "conditions"):
        code, name = row.get("code", ""), row.get("name", "")
        for tag in [] if row.get("ended_at") else suggesting.coded(code) or ([] if code else suggesting.named(name)):
            found.setdefault(tag, suggesting.Found(tag))
    return list(found.values())
