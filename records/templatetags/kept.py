"""`{% kept "main" %}…{% endkept %}`: a part of a page of one's own record that may be shown again (records.kept)."""

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context

from records.kept.leaves import leaf_of

register = template.Library()


class KeptNode(template.Node):
    """Its own lines, or those that were kept of it. Forms stand outside: they belong to one request."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        """What the part says."""
        request = context.get("request")
        leaf = leaf_of(request) if request is not None else None
        if leaf is None:
            return self.nodelist.render(context)
        return leaf.part(self.name, lambda: self.nodelist.render(context))


@register.tag("kept")
def kept(parser: Parser, token: Token) -> KeptNode:
    """A part by its name in quotes, which no other part of the page has."""
    try:
        _tag, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("kept takes the name of a part") from None
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(name.strip("\"'"), nodelist)
