"""Markdown that tries to be more than words."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from health_education.markdown import ATTRIBUTES, OUTSIDE, TAGS, Drawing, Picture, cleaned, render


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<iframe src='https://evil.example'></iframe>",
        "<svg onload=alert(1)>",
        "<a href='https://a.cn' onclick='alert(1)'>x</a>",
        "<style>body{display:none}</style>",
        "<form action='https://evil.example'><input name=password></form>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#10;script:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.png)",
        "![x](javascript:alert(1))",
        "[x](//evil.example)",
        "<javascript:alert(1)>",
        "`<script>alert(1)</script>`",
        "    <script>alert(1)</script>",
        '[x](https://a.cn "\\" onmouseover=\\"alert(1)")',
    ],
)
def test_an_attack_stays_words(attack: str) -> None:
    html = str(render(attack)).lower()
    for tag in ("<script", "<img", "<iframe", "<svg", "<style", "<form", "<input"):
        assert tag not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert 'href="//' not in html
    assert "<a href='https" not in html
    assert '" onmouseover=' not in html


def test_the_answer_is_marked_safe_for_templates() -> None:
    assert type(render("**少盐**")) is SafeString


def test_headings_start_below_the_title_of_the_page() -> None:
    assert render("# 一\n\n## 二\n\n##### 五") == "<h2>一</h2>\n<h3>二</h3>\n<h4>五</h4>\n"


def test_a_table_names_its_columns() -> None:
    html = render("| 食物 | 量 |\n| --- | --: |\n| 盐 | 5克 |")
    assert '<th scope="col">食物</th>' in html
    assert "<td>5克</td>" in html


def test_a_link_to_a_secure_page_or_a_telephone_works() -> None:
    html = render("[国家卫健委](https://www.nhc.gov.cn/) [120](tel:120)")
    assert 'href="https://www.nhc.gov.cn/"' in html
    assert 'href="tel:120"' in html


SPOON = Picture(
    3,
    "0190f3a0-0000-7000-8000-000000000003",
    "一勺盐",
    960,
    540,
    tuple(
        Drawing(f"/education/files/3/{width}.{ending}", kind, width)
        for width in (480, 960)
        for ending, kind in (("webp", "image/webp"), ("jpg", "image/jpeg"))
    ),
)


def test_a_picture_of_the_article_stands_where_the_text_names_it_with_its_size() -> None:
    html = render('![](medium:3 "一勺5克")', (SPOON,))
    assert 'type="image/webp" srcset="/education/files/3/480.webp 480w, /education/files/3/960.webp 960w"' in html
    for part in ('src="/education/files/3/960.jpg"', 'alt="一勺盐"', 'width="960"', 'height="540"', 'loading="lazy"'):
        assert part in html
    assert "<figcaption>一勺5克</figcaption>" in html
    assert "<p>" not in html


def test_a_picture_may_be_named_by_its_key_and_described_in_the_text() -> None:
    assert 'alt="盐勺 平口"' in render(f"![盐勺 *平口*](medium:{SPOON.key})", (SPOON,))


def test_pictures_without_a_free_line_between_lie_side_by_side() -> None:
    html = render("![一](medium:3)\n![二](medium:3)", (SPOON,))
    assert html.count("<figure>") == 2
    assert '<div class="strip">' in html


@pytest.mark.parametrize("source", ["medium:4", "medium:x", "https://evil.example/p.png", "/education/files/3/480.jpg"])
def test_an_image_that_is_not_the_articles_leaves_its_words(source: str) -> None:
    assert render(f"看 ![一勺盐]({source})", (SPOON,)) == "<p>看 一勺盐</p>\n"


def test_what_plays_beside_the_text_leaves_no_empty_place_in_it() -> None:
    assert render("少盐\n\n![片](medium:5)", (SPOON,), ("5",)) == "<p>少盐</p>\n"
    assert render("看 ![片](medium:5)", (SPOON,), ("5",)) == "<p>看 片</p>\n"


def test_no_words_of_a_picture_become_tags() -> None:
    html = render('![<b>&"](medium:3 "<script>")', (replace(SPOON, alt='"><script>'),))
    assert html.count("<img") == 1
    assert "<script" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://evil.example/x.png">',
        '<img src="/education/files/9/480.jpg">',
        '<img srcset="/education/files/3/480.jpg 1x, //evil.example/x 2x">',
        '<source srcset="https://evil.example/x">',
        '<img src="data:image/svg+xml,x">',
        '<a href="/accounts/logout/">x</a>',
        '<div class="is-notice">x</div>',
    ],
)
def test_html_that_got_past_the_parser_reaches_nothing(html: str) -> None:
    page = Seen()
    page.feed(cleaned(html, (SPOON,)))
    assert page.addresses == set()
    assert "class" not in page.attributes


FOUND = st.sampled_from([
    "![", "](medium:3)", "](medium:3 \"", "\")", "[", "](javascript:alert(1))", "](data:text/html,x)", "](//e.cn)",
    "<script>", "</script>", "<img src=x onerror=y>", "<svg/onload=z>", "<iframe>", "\"", "'", "&quot;", "&#106;",
    "\n", "\n\n", "| a | b |\n|-|-|\n", "`", "# ", "- ", "> ", "\\", "onclick=", "style=", "\x00", "字", " ",
])  # fmt: skip


@given(st.lists(FOUND, max_size=14).map("".join))
@settings(max_examples=300)
def test_whatever_is_put_together_only_harmless_tags_and_own_addresses_come_out(text: str) -> None:
    page = Seen()
    page.feed(render(text, (SPOON,)))
    assert page.tags <= TAGS
    assert page.attributes <= set.union({"rel"}, *ATTRIBUTES.values())
    own = {one.address for one in SPOON.drawings}
    assert all(address in own or address.startswith(OUTSIDE) for address in page.addresses)


class Seen(HTMLParser):
    """The tags, attributes and addresses of a page, as a browser would take them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src"}:
                self.addresses.add(value or "")
            if name == "srcset":
                self.addresses |= {part.split(" ")[0] for part in (value or "").split(", ")}
