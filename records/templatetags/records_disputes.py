"""The badge beside an entry that its person says is wrong."""

from collections.abc import Mapping
from typing import Any

from django import template

from records.disputes import asking
from records.provenance import Provenance

register = template.Library()


@register.inclusion_tag("records/_contest.html", takes_context=True)
def contest(context: Mapping[str, Any], row: Provenance) -> Mapping[str, Any]:
    """The badge of an entry, or the way to say that it is wrong, which is never the word of staff.

    One statement, none where the page has read what stands around the entry.
    """
    read = context.get("around")
    dispute = read.dispute if read else asking.about(row)
    by_staff = getattr(context["request"].user, "is_staff", False)
    return {"row": row, "kind": asking.kind_of(row), "dispute": dispute, "may_contest": not by_staff}
