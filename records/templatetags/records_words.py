"""Small helpers for the words of records: data keeps its own language on a page in another."""

import re

from django import template
from django.utils.html import conditional_escape, format_html

register = template.Library()

HAN = re.compile(r"[\u3400-\u9fff]")
WORDS = re.compile(r"[A-Za-z]{3,}[ ,-]+[A-Za-z]{3,}")


@register.filter
def language(text: object) -> str:
    """The language a text is in, as a `lang` attribute: zh-Hans, en, or nothing for codes and figures."""
    if HAN.search(str(text)):
        return "zh-Hans"
    return "en" if WORDS.search(str(text)) else ""


@register.filter
def spoken(text: object) -> str:
    """A text from a facility, marked with its own language."""
    if marked := language(text):
        return format_html('<span lang="{}">{}</span>', marked, text)
    return str(conditional_escape(str(text)))
