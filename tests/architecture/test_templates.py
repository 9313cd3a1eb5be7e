"""Templates are inert: no code, no inline style, nothing from elsewhere, and every fast link is a link first."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture import BASE, ROOMS

TEMPLATES = sorted(
    path
    for folder in [BASE / "templates", *(BASE / room for room in ROOMS)]
    for path in folder.rglob("*.html")
    if "node_modules" not in path.parts
)
# Attributes by which a browser fetches something; a plain link to elsewhere is the reader's own choice.
FETCHING = {"src", "srcset", "action", "formaction", "data", "poster", "background", "manifest"}
FETCHING_HREF = {"link", "use", "image", "base"}

Tag = tuple[str, dict[str, str]]


class Tags(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def tags(text: str) -> list[Tag]:
    """The start tags of a template, Django's own marks taken out first."""
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}", " ", text)
    parser = Tags()
    parser.feed(re.sub(r"{{.*?}}", "x", text))
    return parser.found


def offences(text: str) -> list[str]:
    """What in this template a strict policy would block, or would run what somebody typed."""
    found = []
    for tag, attributes in tags(text):
        found += [f"<{tag} {name}>" for name in attributes if name == "style" or re.fullmatch(r"on\w+", name)]
        if tag == "style" or (tag == "script" and "src" not in attributes):
            found.append(f"<{tag}>")
        fetched = {name for name in attributes if name in FETCHING or (name == "href" and tag in FETCHING_HREF)}
        found += [f"<{tag} {n}={attributes[n]}>" for n in fetched if re.match(r"(?i)(https?:)?//", attributes[n])]
        found += [f"<{tag} {n}>" for n, value in attributes.items() if value.strip().lower().startswith("javascript:")]
    marks = re.findall(r"\|\s*(?:safe|safeseq)\b|{%\s*autoescape\s+off", text)
    return found + marks


def unlinked(text: str) -> list[Tag]:
    """Elements that only work with script: htmx on something that is no link, no form and no form's button.

    What only comes anew by itself is left out: nobody taps it.
    """
    found = []
    for tag, attributes in tags(text):
        fast = {"hx-get", "hx-post"} & set(attributes)
        by_itself = attributes.get("hx-trigger", "").startswith("every ")
        if fast and not by_itself and not {"href", "action", "formaction"} & set(attributes):
            found.append((tag, attributes))
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_a_template_is_inert(path: Path) -> None:
    assert offences(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(BASE)))
def test_a_fast_link_is_a_link_first(path: Path) -> None:
    assert unlinked(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color:red">',
        "<button onclick='x()'>",
        "<script>x()</script>",
        "<style>p{}</style>",
        "{{ note|safe }}",
        "{% autoescape off %}",
        '<script src="https://cdn.example/x.js"></script>',
        '<link href="//cdn.example/x.css">',
        '<form action="http://elsewhere.example">',
        '<a href="javascript:x()">',
    ],
)
def test_the_control_such_a_template_is_found(text: str) -> None:
    assert offences(text)


def test_the_control_a_button_with_script_alone_is_found() -> None:
    assert unlinked('<button hx-get="/rows?page=2">More</button>')
    assert not unlinked('<a href="?page=2" hx-get="?page=2">More</a>')
