"""Markdown to HTML that cannot carry anything but words, lists, tables and links."""

from collections.abc import Sequence
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "hr", "br", "a", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "th": {"scope"}, "ol": {"start"}}
SCHEMES = {"https", "tel"}
DEEPEST_HEADING = 4

_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@lru_cache(maxsize=200)
def render(text: str) -> SafeString:
    """`text` as HTML for a template; the same words are worked out once.

    Raw HTML in it is shown as text; what Markdown itself makes is cleaned by an allow-list: no image, script, style,
    event handler, frame or form, links only to https and telephone numbers. Headings start at h2, as a page has its h1.
    """
    tokens = _parser.parse(text)
    _fit_into_page(tokens)
    html = _parser.renderer.render(tokens, _parser.options, {})
    # The one place where the portal vouches for HTML: nh3 has just rebuilt it from the allow-list above.
    return SafeString(nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, url_relative="deny"))


def _fit_into_page(tokens: Sequence[Token]) -> None:
    """Move headings one level down, and tell screen readers that a table's head speaks for its columns."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, DEEPEST_HEADING)}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")
