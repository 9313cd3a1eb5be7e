"""In which characters a table is written: read right, or refused with the line; never read wrong."""

import shutil
import subprocess

import pytest

from records.exchange.translating import Untranslatable
from tests.exchange.tables.making import entries, resources, text

WANTED = resources(text())


def refused(raw: bytes, charset: str = "") -> str:
    with pytest.raises(Untranslatable) as caught:
        entries(raw, charset=charset)
    return caught.value.explanation


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_table_says_the_same_in_any_characters(codec: str) -> None:
    assert [entry.resource for entry in entries(text().encode(codec))] == WANTED


@pytest.mark.skipif(shutil.which("iconv") is None, reason="needs iconv")
@pytest.mark.parametrize("name", ["GBK", "GB18030", "UTF-16"])
def test_a_file_that_another_program_wrote_is_read(name: str) -> None:
    made = subprocess.run(["iconv", "-f", "UTF-8", "-t", name], input=text().encode(), capture_output=True, check=True)
    assert [entry.resource for entry in entries(made.stdout)] == WANTED


def test_a_rare_character_of_gb18030_is_kept() -> None:
    found = entries(text().replace("贺兰芳", "贺兰𠮷").encode("gb18030"))
    assert found[0].resource["name"] == [{"text": "贺兰𠮷"}]


def test_the_source_setting_counts_where_the_file_has_no_mark() -> None:
    assert [entry.resource for entry in entries(text().encode("gbk"), charset="GBK")] == WANTED


def test_a_byte_order_mark_counts_before_the_setting() -> None:
    assert [entry.resource for entry in entries(text().encode("utf-8-sig"), charset="GBK")] == WANTED


def test_a_setting_that_does_not_fit_is_refused_with_the_line() -> None:
    assert "第 1 行" in refused(text().encode("gbk"), charset="UTF-8")


def test_utf_8_with_one_broken_byte_is_not_read_as_something_else() -> None:
    raw = text().encode()
    place = raw.index("白蛋白".encode())
    assert "第 3 行" in refused(raw[:place] + b"\xff" + raw[place:])


def test_a_broken_byte_in_gbk_is_refused_with_the_line() -> None:
    raw = text().encode("gbk")
    place = raw.index("乙肝".encode("gbk"))
    assert "第 4 行" in refused(raw[:place] + b"\xff" + raw[place:])


def test_another_language_s_characters_are_refused_and_not_shown_wrong() -> None:
    assert "字符集" in refused(text().encode("big5", "ignore"))


def test_utf_16_without_a_mark_is_refused() -> None:
    assert "UTF-16" in refused(text().encode("utf-16-le"))


def test_an_unknown_setting_is_refused() -> None:
    assert "门户不认识" in refused(text().encode(), charset="EBCDIC")


def test_an_explanation_repeats_nothing_of_the_content() -> None:
    raw = text().encode()
    assert "贺兰芳" not in refused(raw + b"\xff")
