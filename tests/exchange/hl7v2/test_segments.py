"""Line ends, delimiters, escapes, line breaks inside a text, and batches."""

import pytest

from records.exchange.hl7v2 import segments, translate
from records.exchange.hl7v2.charsets import codec
from records.exchange.translating import Setup, Untranslatable
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, PID, header, of, one, oru, read, text


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n"])
def test_segments_may_end_in_any_way(end: str) -> None:
    assert read(text(PID, OBR, GLUCOSE, end=end)) == read(text(PID, OBR, GLUCOSE))


def test_a_frame_left_around_the_message_does_not_matter() -> None:
    assert read(f"\x0b{oru(GLUCOSE)}\x1c\r") == read(oru(GLUCOSE))


def test_the_delimiters_are_those_that_the_header_gives() -> None:
    other = oru(GLUCOSE).translate(str.maketrans("|^~\\&", "!@*%$"))
    assert read(other) == read(oru(GLUCOSE))


@pytest.mark.parametrize("start", ["MSH{{{{{|LIS", "MSH|0000||H", "MSH|^^~\\&|LIS", "MSH|", "hello", "", "PID|1"])
def test_what_has_no_usable_header_is_no_message(start: str) -> None:
    with pytest.raises(Untranslatable):
        read(start)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"10\S\9/L", "10^9/L"),
        (r"A\F\B\R\C\T\D\E\E", "A|B~C&D\\E"),
        (r"一\.br\二", "一\n二"),
        (r"\H\重要\N\的", "重要的"),
        (r"\XE8A180\压", "血压"),
        (r"\XFF\压", r"\XFF\压"),
        (r"C:\temp\x", r"C:\temp\x"),
        (r"\unknown\留下", r"\unknown\留下"),
        (r"\.sp2\空两行", "空两行"),
    ],
)
def test_escapes_say_what_they_stand_for_and_unknown_ones_stay(sent: str, meant: str) -> None:
    assert one("Observation", oru(f"OBX|1|FT|X^项目^L||{sent}||||||F"))["valueString"] == meant


def test_a_hexadecimal_escape_is_in_the_characters_of_the_message() -> None:
    raw = oru(r"OBX|1|ST|X^项目^L||\XD1AA\糖||||||F", charset="GBK").encode("gbk")
    assert one("Observation", raw)["valueString"] == "血糖"


def test_a_line_break_inside_a_text_goes_on_with_the_text() -> None:
    message = oru("OBX|1|FT|X^所见^L||第一行\n第二行 A|B\nCRP\n||||||F", GLUCOSE)
    first = of("Observation", message)[0]
    assert first["valueString"] == "第一行\n第二行 A"
    assert len(of("Observation", message)) == 2


def test_an_empty_field_and_a_deleted_one_are_the_same() -> None:
    assert read(oru(GLUCOSE, pid=PID.replace("贺^兰芳^^^^^L", '""')))[0].get("name") is None


def test_control_characters_are_left_out() -> None:
    assert one("Observation", oru("OBX|1|ST|X^项目^L||阴\x00性\\X00\\||||||F"))["valueString"] == "阴性"


def batch(*messages: str, count: str = "") -> str:
    trailer = f"BTS|{count or len(messages)}"
    return "\r".join([r"FHS|^~\&|LIS", r"BHS|^~\&|LIS", *messages, trailer, "FTS|1", ""])


def test_a_batch_gives_the_same_as_its_messages() -> None:
    messages = [oru(GLUCOSE), oru(GLUCOSE, obr=OBR.replace("L5001", "L5002"))]
    assert read(batch(*messages)) == [resource for message in messages for resource in read(message)]


def test_a_message_of_a_batch_that_cannot_be_read_does_not_keep_the_others() -> None:
    entries = list(translate(batch(oru(GLUCOSE), text(OBR), oru(GLUCOSE)).encode(), Setup()))
    (broken,) = [entry for entry in entries if entry.resource is None]
    assert "第 2 条" in broken.problem and len(entries) == 7
    assert [entry.number for entry in entries] == list(range(7))


def test_a_batch_that_lacks_messages_says_so() -> None:
    *_others, last = translate(batch(oru(GLUCOSE), count="3").encode(), Setup())
    assert "3 条消息，实际收到 1 条" in last.problem


def test_a_message_of_too_many_segments_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_SEGMENTS", 5)
    with pytest.raises(Untranslatable):
        read(oru(*[GLUCOSE] * 5))


@pytest.mark.parametrize("mark", ["|", "~", "\r\n"])
def test_more_delimiters_than_anybody_needs_are_refused(mark: str) -> None:
    with pytest.raises(Untranslatable):
        read(oru("OBX|1|TX|X^项目||" + mark * 2_000_000))


def test_a_text_of_many_lines_is_one_text() -> None:
    lines = "\n".join(["一行字"] * 50_000)
    assert one("Observation", oru(f"OBX|1|TX|X^项目||{lines}||||||F"))["valueString"].count("\n") == 49_999


@pytest.mark.parametrize("version", ["3.0", "2.999", "V3"])
def test_another_version_than_2_is_refused(version: str) -> None:
    with pytest.raises(Untranslatable):
        read(oru(GLUCOSE, version=version))


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5.1", "2.6", ""])
def test_the_versions_that_facilities_send_are_read(version: str) -> None:
    assert one("DiagnosticReport", oru(GLUCOSE, version=version))


def test_a_message_that_the_portal_has_no_use_for_is_counted() -> None:
    found = read("\r".join([header(kind="SIU^S12"), PID, "SCH|1"]))
    assert [(one["resourceType"], one["eventCoding"]["code"]) for one in found] == [("MessageHeader", "SIU^S12")]


def test_a_message_without_a_kind_is_refused() -> None:
    with pytest.raises(Untranslatable):
        read(text(PID, kind=""))


@pytest.mark.parametrize("charset", ["UNICODE UTF-8", "", "GB18030-2000"])
def test_segments_that_do_not_end_are_said_to_need_a_carriage_return(charset: str) -> None:
    raw = text(PID, OBR, GLUCOSE, end="", charset=charset).encode(codec(charset) or "utf-8")
    for framed in (raw, b"\x0b" + raw + b"\x1c\r"):
        with pytest.raises(Untranslatable) as caught:
            list(translate(framed, Setup()))
        assert "回车" in caught.value.explanation
