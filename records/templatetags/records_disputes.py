"""The badge beside an entry that its person says is wrong."""

from collections.abc import Mapping
from typing import Any

from django import template

from records.disputes import asking
from records.provenance import Provenance

register = template.Library()


@register.inclusion_tag("records/_contest.html")
def contest(row: Provenance) -> Mapping[str, Any]:
    """The badge of an entry, or the way to say that it is wrong."""
    return {"row": row, "kind": asking.kind_of(row), "dispute": asking.about(row)}
