"""Any bytes and any damage: nothing escapes but Untranslatable."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from records.exchange.cda import translate
from records.exchange.reading import storable
from records.exchange.translating import Setup, Untranslatable
from tests.exchange.cda.making import LABORATORY, document, observed, section
from tests.exchange.cda.test_documents import EXAMINATION, HYPERTENSION, WESTERN, summary

DOCUMENTS = [LABORATORY, EXAMINATION, HYPERTENSION, WESTERN, summary()]
BOUNDED = settings(max_examples=80, deadline=None)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
CODES = st.sampled_from(["DE04.30.019.00", "DE04.30.015.00", "DE04.10.174.00", "DE06.00.109.00", "DE05.01.024.00", ""])
SECTIONS = st.sampled_from(["30954-2", "8716-3", "11535-2", "11348-0", "48765-2", "", "x"])
KINDS = ["C0004", "C0005", "C0006", "C0007", "C0053", "HSDA00.01", "HSDB04.01", "HSDB04.02", "HSDC00.01", "C0032"]


def read(raw: bytes) -> list[Any]:
    try:
        found = list(translate(raw, Setup()))
    except Untranslatable as problem:
        assert problem.explanation
        return []
    assert found[0].resource["resourceType"] == "Patient"
    assert all(storable(entry.resource) and len(entry.resource["id"]) <= 64 for entry in found)
    assert len({(entry.resource["resourceType"], entry.resource["id"]) for entry in found}) == len(found)
    return found


def escaped(said: str) -> str:
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        said = said.replace(sign, name)
    return said


@BOUNDED
@given(st.binary(max_size=400) | TEXT.map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read(raw)
    read(b'<?xml version="1.0"?>' + raw)


@BOUNDED
@given(st.sampled_from(DOCUMENTS), st.data())
def test_a_damaged_document_is_read_or_refused(made: str, data: st.DataObject) -> None:
    raw = bytearray(made.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(raw))
    read(bytes(raw[: data.draw(st.integers(1, len(raw)))]))


@BOUNDED
@given(st.sampled_from(DOCUMENTS), st.data())
def test_a_document_without_some_of_its_elements_is_read_or_refused(made: str, data: st.DataObject) -> None:
    lines = made.splitlines()
    left = data.draw(st.integers(0, len(lines) - 1))
    read("\n".join(lines[:left] + lines[left + 1 :]).encode())
    name = data.draw(st.sampled_from(["value", "extension", "code", "displayName", "root", "id", "name", "time"]))
    read(made.replace(name, "other").encode())


@BOUNDED
@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(SECTIONS, st.lists(st.tuples(CODES, TEXT, TEXT, TEXT), max_size=4)), max_size=3),
    TEXT,
)
def test_any_words_in_any_document_are_kept_or_refused(kind: str, parts: list[Any], number: str) -> None:
    body = "".join(
        section(code, *(observed(one, *map(escaped, words), "", escaped(time)) for one, *words, time in some))
        for code, some in parts
    )
    read(document(kind, body, number=escaped(number)).encode())


@BOUNDED
@given(st.sampled_from(DOCUMENTS))
def test_the_same_document_always_says_the_same(made: str) -> None:
    assert read(made.encode()) == read(made.encode())
