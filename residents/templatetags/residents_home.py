"""What this room says on the home page."""

from typing import Any

from django import template

from residents.models import Account, Notice

register = template.Library()
MOST = 99


@register.inclusion_tag("residents/unread_notices.html", takes_context=True)
def unread_notices(context: dict[str, Any]) -> dict[str, int]:
    """A card with the number of unread lines of the inbox; nothing for others than residents."""
    account = getattr(context.get("request"), "user", None)
    if not isinstance(account, Account) or account.resident_id is None:
        return {"unread": 0}
    unread = Notice.objects.filter(resident_id=account.resident_id).unread()
    return {"unread": unread[:MOST].count()}
