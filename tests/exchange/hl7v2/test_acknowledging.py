"""The answer, read back by a library that is not ours."""

import hl7
import pytest

from records.exchange.hl7v2.acknowledging import ACCEPTED, BUSY, NOT_HL7, Answer, acknowledge, envelope, unreadable
from tests.exchange.hl7v2.messages import GLUCOSE, oru
from tests.factories import NOON


def answered(raw: bytes, answer: Answer = ACCEPTED, codec: str = "utf-8", charset: str = "") -> hl7.Message:
    return hl7.parse(acknowledge(envelope(raw, charset), answer, NOON, control="ACK1").decode(codec))


def field(message: hl7.Message, segment: str, number: int) -> str:
    return str(message.segment(segment)[number])


def test_sender_and_receiver_change_places_and_the_control_id_comes_back() -> None:
    ack = answered(oru(GLUCOSE).encode())
    msh = [field(ack, "MSH", number) for number in (3, 4, 5, 6, 7, 9, 10, 11, 12, 18)]
    assert msh == [
        "PORTAL",
        "YIXIAN",
        "LIS",
        "COUNTY",
        "20261122120000+0800",
        "ACK^R01",
        "ACK1",
        "P",
        "2.5",
        "UNICODE UTF-8",
    ]
    assert [field(ack, "MSA", number) for number in (1, 2, 3)] == ["AA", "MSG00001", ""]
    with pytest.raises(KeyError):
        ack.segment("ERR")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_the_answer_is_in_the_characters_of_the_sender(codec: str) -> None:
    name = {"utf-8": "UNICODE UTF-8", "gb18030": "GB18030-2000"}[codec]
    ack = answered(oru(GLUCOSE, charset=name).encode(codec), unreadable("请补充 PID-3。"), codec)
    assert field(ack, "MSA", 3) == "请补充 PID-3。"
    assert field(ack, "MSH", 18) == name


def test_without_a_name_the_answer_is_in_the_characters_of_the_bytes_or_of_the_source() -> None:
    raw = oru(GLUCOSE, charset="")
    assert field(answered(raw.encode("gb18030"), BUSY, "gb18030"), "MSA", 3).startswith("没有保存")
    ascii_only = raw.encode("ascii", "ignore")
    assert field(answered(ascii_only, BUSY, "gb18030", "GBK"), "MSA", 3).startswith("没有保存")


def test_a_sender_without_chinese_letters_is_told_in_english() -> None:
    raw = oru(pid="PID|1||7", obr="OBR|1", charset="ASCII").encode("ascii")
    assert field(answered(raw, BUSY), "MSA", 3).startswith("Not saved")


def test_an_error_has_its_code_from_version_2_5_on() -> None:
    ack = answered(oru(GLUCOSE).encode(), unreadable("缺少 PID。"))
    assert [field(ack, "ERR", number) for number in (3, 4, 8)] == [
        "100^Segment sequence error^HL70357",
        "E",
        "缺少 PID。",
    ]
    with pytest.raises(KeyError):
        answered(oru(GLUCOSE, version="2.4").encode(), unreadable("缺少 PID。")).segment("ERR")


def test_delimiters_in_a_text_are_escaped() -> None:
    text = field(answered(oru(GLUCOSE).encode(), unreadable("一|二^三&四~五\\六\n七")), "MSA", 3)
    assert text == r"一\F\二\S\三\T\四\R\五\E\六 七"


def test_other_delimiters_are_those_of_the_answer() -> None:
    raw = oru(GLUCOSE).translate(str.maketrans("|^~\\&", "!@*%$")).encode()
    ack = acknowledge(envelope(raw), ACCEPTED, NOON).decode()
    assert ack.startswith("MSH!@*%$!PORTAL!YIXIAN!LIS!COUNTY!")
    assert "MSA!AA!MSG00001!" in ack


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"GET / HTTP/1.1\r\n", b"MSH", b"MSH{{{{{|x", b"MSH|0000||H"])
def test_what_is_no_message_is_answered_all_the_same(raw: bytes) -> None:
    assert not envelope(raw).is_hl7
    assert field(answered(raw, NOT_HL7), "MSA", 1) == "AR"


def test_a_message_in_broken_characters_gets_its_control_id_back() -> None:
    raw = oru(GLUCOSE).encode() + b"\xff\xff"
    assert field(answered(raw, unreadable("字符集不符"), "latin-1"), "MSA", 2) == "MSG00001"


def test_a_batch_is_answered_by_its_first_message() -> None:
    raw = ("FHS|^~\\&\rBHS|^~\\&\r" + oru(GLUCOSE)).encode()
    assert field(answered(raw), "MSA", 2) == "MSG00001"
