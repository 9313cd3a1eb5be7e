"""Tags of templates whose outcome is the same at every page: worked out once for each language, not at every page.

They stand in Django's own place (TEMPLATES in the settings), say exactly what Django's say, and leave to those whatever
they do not know: a page of a record writes a hundred days, thirty icons and twenty addresses that never change.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django import template
from django.template import defaultfilters, defaulttags, loader_tags
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.template.loader_tags import IncludeNode
from django.urls import get_resolver, get_script_prefix, get_urlconf
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# The forms in which pages write times, and what each makes of one.
DAYS: dict[str, Callable[[Any], str]] = {
    "Y-m-d": lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}",
    "c": lambda day: day.isoformat(),
}
MOMENTS = DAYS | {
    "Y-m-d H:i": lambda at: f"{at.year:04d}-{at.month:02d}-{at.day:02d} {at.hour:02d}:{at.minute:02d}",
    "H:i": lambda at: f"{at.hour:02d}:{at.minute:02d}",
}


@register.filter("date", expects_localtime=True, is_safe=False)
def written(value: Any, form: str | None = None) -> str:
    """A day or a time in one of the forms of `MOMENTS`; whatever else, Django's own filter writes."""
    forms = MOMENTS if type(value) is datetime else DAYS if type(value) is date else {}
    write = forms.get(form or "")
    return write(value) if write else str(defaultfilters.date(value, form))


class SteadyInclude(IncludeNode):
    """An include of a named template with nothing but literals and `only`: it says the same in every page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said: dict[str, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """What it said before in this language."""
        language = get_language() or ""
        if language not in self.said:
            self.said[language] = super().render(context)
        return self.said[language]


@register.tag("include")
def include(parser: Parser, token: Token) -> IncludeNode:
    """Django's own tag; where all is literal, one that remembers what it said."""
    node: IncludeNode = loader_tags.do_include(parser, token)
    named = [node.template, *node.extra_context.values()]
    if not (node.isolated_context and all(_is_literal(one) for one in named)):
        return node
    return SteadyInclude(node.template, extra_context=node.extra_context, isolated_context=True)


class SteadyURL(defaulttags.URLNode):
    """The address of a page that takes no arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: tuple[Any, str, str] | None = None

    def render(self, context: Context) -> str:
        """What it was before, as long as the same addresses hold under the same prefix."""
        resolver, prefix, known = get_resolver(get_urlconf()), get_script_prefix(), self.known
        if known is None or known[0] is not resolver or known[1] != prefix:
            self.known = known = (resolver, prefix, super().render(context))
        return known[2]


@register.tag("url")
def url(parser: Parser, token: Token) -> defaulttags.URLNode:
    """Django's own tag; without arguments, one that remembers the address."""
    node: defaulttags.URLNode = defaulttags.url(parser, token)
    literal = _is_literal(node.view_name)
    # The staff site is an instance of an application, whose addresses depend on the page asked for.
    if node.args or node.kwargs or node.asvar or not literal or str(node.view_name.var).startswith("admin:"):
        return node
    return SteadyURL(node.view_name, [], {}, None)


def _is_literal(expression: FilterExpression) -> bool:
    """Whether an expression is a text as it stands, through no filter."""
    return not expression.filters and not expression.is_var
