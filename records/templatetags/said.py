"""What was written down in Chinese, in the language of whoever reads it."""

from django import template

from records.exchange.sentences import shown

register = template.Library()


@register.filter
def said(stored: object) -> str:
    """A stored or computed explanation in the reader's language (`records.exchange.sentences`)."""
    return shown(str(stored))
