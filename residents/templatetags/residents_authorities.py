"""Buttons for the authorities of this county, on the sign-in page."""

from typing import Any

from django import template

from residents.authorities.port import configured

register = template.Library()


@register.inclusion_tag("residents/authority_buttons.html", takes_context=True)
def authority_buttons(context: dict[str, Any]) -> dict[str, Any]:
    """One button for each authority that is set up; nothing where there is none."""
    return {
        "authorities": list(configured().values()),
        "csrf_token": context.get("csrf_token"),
        "next": context.get("redirect_field_value"),
    }
