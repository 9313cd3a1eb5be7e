"""Markdown to HTML that cannot carry anything but words, lists, tables, links, and pictures of the article's own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "blockquote", "hr", "br", "a", "code", "pre",
    "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "picture", "source", "img", "div",
}  # fmt: skip
ATTRIBUTES = {
    "*": set[str](),  # not even the cleaner's own `title` and `lang`
    "a": {"href"}, "th": {"scope"}, "ol": {"start"}, "div": {"class"},
    "source": {"type", "srcset", "sizes"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading", "decoding"},
}  # fmt: skip
OUTSIDE = ("https://", "tel:")
SCHEMES = {"https", "tel"}
MEDIUM = "medium:"
BREAKS = {"softbreak", "hardbreak"}
DEEPEST_HEADING = 4
SIDE_BY_SIDE = "strip"
SIZES = "(min-width: 960px) 40rem, 100vw"

# Stars that were meant to mark words and stay stars: CommonMark ends no bold between a full stop and a character.
STARS = re.compile(r"\*{2,3}[^*]*\*{2,3}|\*[^*]*[\u3400-\u9fff][^*]*\*|\*{2,3}[^*]*")

_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Drawing:
    """One rendition of a picture: where it is, its type, how wide it is."""

    address: str
    content_type: str
    width: int


@dataclass(frozen=True)
class Picture:
    """A picture that a text may name by its number or key: `![words](medium:3 "below it")`."""

    number: int
    key: str
    alt: str
    width: int
    height: int
    drawings: tuple[Drawing, ...]

    def of_type(self, content_type: str) -> list[Drawing]:
        """Its renditions of one type, narrow ones first."""
        return sorted((one for one in self.drawings if one.content_type == content_type), key=lambda one: one.width)


Known = Mapping[str, Picture | None]  # none: it is shown elsewhere on the page


def left_stars(text: str) -> list[str]:
    """The stretches of a Markdown text between stars that its readers would see as stars: `**粗。**后` is not bold."""
    inline = [child for token in _parser.parse(text) for child in token.children or [] if child.type == "text"]
    return [found.strip() for child in inline for found in STARS.findall(child.content)]


@lru_cache(maxsize=200)
def render(text: str, pictures: tuple[Picture, ...] = (), elsewhere: tuple[str, ...] = ()) -> SafeString:
    """`text` as HTML for a template; the same words with the same pictures are worked out once.

    Raw HTML in it is shown as text; what Markdown itself makes is cleaned by an allow-list: no script, style, event
    handler, frame or form, links only to https and telephone numbers, and of images only `pictures`, where they are;
    any other leaves its words. What the page shows beside the text (`elsewhere`: numbers and keys of its players)
    leaves nothing where it has a paragraph of its own. Headings start at h2, as a page has its h1.
    """
    known: dict[str, Picture | None] = {f"{MEDIUM}{name}": None for name in elsewhere}
    known |= {f"{MEDIUM}{name}": one for one in pictures for name in (one.number, one.key)}
    tokens = _parser.parse(text)
    _fit_into_page(tokens)
    _draw(tokens, known)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return cleaned(html, pictures)


def cleaned(html: str, pictures: tuple[Picture, ...] = ()) -> SafeString:
    """What is harmless of some HTML: known tags, links to the outside, these pictures."""
    kept = _own_pictures(pictures)
    # The one place where the portal vouches for HTML: nh3 has just rebuilt it from the allow-list above.
    return SafeString(nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, attribute_filter=kept))


def _own_pictures(pictures: Sequence[Picture]) -> Callable[[str, str, str], str | None]:
    """What keeps an attribute only where it leads outside safely, or to one of these pictures."""
    own = {one.address for picture in pictures for one in picture.drawings}

    def kept(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return value if value.startswith(OUTSIDE) or value in own else None
        if attribute == "src":
            return value if value in own else None
        if attribute == "srcset":
            return value if {part.split(" ")[0] for part in value.split(", ")} <= own else None
        if attribute == "class":
            return value if value == SIDE_BY_SIDE else None
        return value

    return kept


def _fit_into_page(tokens: Sequence[Token]) -> None:
    """Move headings one level down, and tell screen readers that a table's head speaks for its columns."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, DEEPEST_HEADING)}"
        elif token.type == "th_open":
            token.attrSet("scope", "col")


def _draw(tokens: Sequence[Token], known: Known) -> None:
    """Put pictures where the text names them, and words where it names anything else."""
    for n, token in enumerate(tokens):
        if token.type != "inline" or not token.children:
            continue
        alone = _only_pictures(token.children, known)
        if alone and tokens[n - 1].type == "paragraph_open":
            tokens[n - 1].hidden = tokens[n + 1].hidden = True
            token.children = [_html(_figures(alone, known))]
        else:
            token.children = list(_inline(token.children, known))


def _only_pictures(children: Sequence[Token], known: Known) -> list[Token]:
    """The images of a paragraph that has nothing else, all of them known; else none."""
    seen = [child for child in children if child.type != "softbreak"]
    fits = all(child.type == "image" and child.attrs.get("src") in known for child in seen)
    return seen if fits else []


def _inline(children: Sequence[Token], known: Known) -> Iterator[Token]:
    inside_a_link = 0
    for child in children:
        inside_a_link += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        if child.type != "image":
            yield child
        elif (picture := known.get(str(child.attrs.get("src")))) is not None:
            drawn = _picture(picture, _words(child))
            yield _html(drawn if inside_a_link else _linked(picture, drawn))
        else:
            yield _text(_words(child))


def _figures(images: Sequence[Token], known: Known) -> SafeString:
    """A figure; several that follow each other without a free line between lie side by side."""
    seen = [(known[str(image.attrs["src"])], image) for image in images]
    drawn = [_figure(picture, image) for picture, image in seen if picture]
    if len(drawn) < 2:
        return drawn[0] if drawn else SafeString("")
    beside = format_html_join("", "{}", ((one,) for one in drawn))
    return format_html('<div class="{}">{}</div>\n', SIDE_BY_SIDE, beside)


def _figure(picture: Picture, image: Token) -> SafeString:
    title = str(image.attrs.get("title", ""))
    caption = format_html("<figcaption>{}</figcaption>", title) if title else ""
    return format_html("<figure>{}{}</figure>\n", _linked(picture, _picture(picture, _words(image))), caption)


def _linked(picture: Picture, drawn: SafeString) -> SafeString:
    """A tap opens the picture alone, to be looked at closely."""
    widest = picture.of_type("image/jpeg")[-1]
    return format_html('<a href="{}">{}</a>', widest.address, drawn)


def _picture(picture: Picture, words: str) -> SafeString:
    plain = picture.of_type("image/jpeg")
    middle = plain[len(plain) // 2]
    return format_html(
        '<picture><source type="image/webp" srcset="{}" sizes="{}"><img src="{}" srcset="{}" sizes="{}" alt="{}"'
        ' width="{}" height="{}" loading="lazy" decoding="async"></picture>',
        _srcset(picture.of_type("image/webp")),
        SIZES,
        middle.address,
        _srcset(plain),
        SIZES,
        words or picture.alt,
        picture.width,
        picture.height,
    )


def _srcset(drawings: Sequence[Drawing]) -> str:
    return ", ".join(f"{one.address} {one.width}w" for one in drawings)


def _words(image: Token) -> str:
    """The words between an image's brackets."""
    parts = (
        " " if child.type in BREAKS else _words(child) if child.children else child.content
        for child in image.children or []
    )
    return "".join(parts).strip()


def _html(html: SafeString) -> Token:
    return Token("html_inline", "", 0, content=html)


def _text(words: str) -> Token:
    return Token("text", "", 0, content=words)
