"""In which characters a message is written."""

import pytest

from records.exchange.hl7v2 import charsets
from records.exchange.translating import Untranslatable
from tests.exchange.hl7v2.messages import GLUCOSE, PID, one, oru, read, text


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("GB18030-2000", "gb18030"),
        ("GB 18030-2000", "gb18030"),
        ("GB2312", "gb2312"),
        ("GBK", "gbk"),
    ],
)
def test_the_character_set_that_the_message_names_is_read(name: str, codec: str) -> None:
    raw = oru(GLUCOSE, charset=name).encode(codec)
    assert one("DiagnosticReport", raw)["code"]["text"] == "血常规"


def test_a_message_in_latin_letters_keeps_its_accents() -> None:
    raw = oru("OBX|1|NM|G^Glycémie^L||5.6", obr="OBR|1||L1|X^Sang^L", pid="PID|1||7", charset="8859/1")
    assert one("Observation", raw.encode("latin-1"))["code"]["text"] == "Glycémie"


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_without_a_name_the_bytes_themselves_tell(codec: str) -> None:
    raw = oru(GLUCOSE, charset="").encode(codec)
    assert one("Patient", raw)["name"][0]["text"] == "贺兰芳"


def test_without_a_name_the_setting_of_the_source_counts() -> None:
    raw = oru(GLUCOSE, charset="").encode("gb18030")
    assert one("Patient", raw, charset="GB18030")["name"][0]["text"] == "贺兰芳"
    with pytest.raises(Untranslatable):
        read(raw, charset="UTF-8")


def test_ascii_with_chinese_in_it_is_read_by_the_setting_of_the_source_or_not_at_all() -> None:
    raw = oru(GLUCOSE, charset="ASCII").encode("gb18030")
    assert one("Patient", raw, charset="GBK")["name"][0]["text"] == "贺兰芳"
    with pytest.raises(Untranslatable):
        read(raw)


@pytest.mark.parametrize("name", ["8859/1", "UNICODE UTF-8"])
def test_bytes_that_are_not_what_is_named_are_refused(name: str) -> None:
    with pytest.raises(Untranslatable) as refusal:
        read(oru(GLUCOSE, charset=name).encode("gb18030"))
    assert "字符集" in refusal.value.explanation


def test_an_unknown_name_is_refused_only_where_it_matters() -> None:
    plain = "OBR|1||L1|CBC^Blood^L"
    assert one("DiagnosticReport", oru(obr=plain, pid="PID|1||7", charset="KLINGON"))["code"]["text"] == "Blood"
    with pytest.raises(Untranslatable):
        read(oru(GLUCOSE, charset="KLINGON"))


def test_a_byte_whose_second_half_looks_like_a_delimiter_is_part_of_its_character() -> None:
    name = "億區儈嘰"  # in GBK their second bytes are those of | ^ ~ and \\
    raw = oru(f"OBX|1|ST|A^{name}^L||阴性||||||F", charset="GBK").encode("gbk")
    assert one("Observation", raw)["code"]["text"] == name


@pytest.mark.parametrize("named", ["GB18030", "GBK"])
def test_utf_8_that_calls_itself_gbk_is_refused_and_not_read_as_other_chinese(named: str) -> None:
    raw = text(PID.replace("贺^兰芳", "贺兰芳芳"), charset=named).encode()
    assert "贺兰" not in raw.decode("gb18030")  # other words, and nothing else would say so
    with pytest.raises(Untranslatable):
        charsets.decode(raw, "")


def test_a_name_that_could_be_of_either_character_set_is_nobodys_guess() -> None:
    raw = text(PID.replace("贺^兰芳", "袁^一"), kind="ADT^A08", charset="").encode("gb18030")
    assert "袁" not in raw.decode()
    with pytest.raises(Untranslatable):
        charsets.decode(raw, "")


@pytest.mark.parametrize("sign", ["µg/L", "10³/µL", "℃", "κ/λ", "×10⁹/L"])
def test_signs_of_units_alone_are_utf_8(sign: str) -> None:
    raw = text(PID.replace("贺^兰芳", f"HE^LANFANG {sign}"), kind="ADT^A08", charset="").encode()
    assert sign in charsets.decode(raw, "")[0]
