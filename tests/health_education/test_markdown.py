"""Markdown that tries to be more than words."""

import pytest
from django.utils.safestring import SafeString

from health_education.markdown import render


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
