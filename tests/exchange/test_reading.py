"""Bytes into values: exact decimals, refused nonsense, and bundles taken apart without losing a byte."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.fhirjson import dumps
from records.exchange.bundles import Entry, read_bundle
from records.exchange.messages import UNREADABLE_KIND, understand
from records.exchange.reading import NotJson, content_hash, parse, printed
from tests.factories import NOON


@pytest.mark.parametrize("text", ["5.60", "0.010", "120", "-1.0", "0.000"])
def test_a_decimal_keeps_its_zeros(text: str) -> None:
    assert printed(Decimal(parse(text.encode()))) == text


def test_a_number_of_absurd_size_is_not_written_out() -> None:
    assert len(printed(Decimal("1e999999"))) < 20


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"\xff\xfe",
        b"<html>",
        b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1}x',
    ],
)
def test_what_is_not_one_json_document_is_refused(raw: bytes) -> None:
    with pytest.raises(NotJson):
        parse(raw)
    with pytest.raises(NotJson):
        read_bundle(raw)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda inner: st.lists(inner)))
def test_anything_as_a_resource_is_understood_or_held_and_never_raises(value: object) -> None:
    assert understand(Entry("", value, b"raw"), NOON).kind == UNREADABLE_KIND


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_text_that_cannot_be_stored_is_held(text: str) -> None:
    message = understand(Entry("", {"resourceType": "Patient", "id": "1", "x": [text]}, b"{}"), NOON)
    assert message.kind == UNREADABLE_KIND


def test_the_envelope_and_the_order_of_keys_are_no_content() -> None:
    one = {"resourceType": "A", "x": Decimal("5.60"), "meta": {"versionId": "1", "lastUpdated": "2026"}}
    other = {"meta": {"versionId": "2"}, "x": Decimal("5.60"), "resourceType": "A"}
    assert content_hash(one) == content_hash(other)


def test_a_zero_more_is_another_content() -> None:
    assert content_hash({"x": Decimal("5.6")}) != content_hash({"x": Decimal("5.60")})


def test_each_entry_of_a_bundle_keeps_its_own_bytes() -> None:
    resource = '{ "resourceType":"Observation",  "value": 5.60 }'
    raw = f'{{"entry" : [ {{"fullUrl":"urn:uuid:1","resource": {resource} }}, 7, {{}}], "resourceType":"Bundle"}}\n'
    entries = read_bundle(raw.encode()).entries
    assert [entry.raw for entry in entries] == [resource.encode(), b"7", b"{}"]


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none())))
def test_bundles_of_any_shape_come_apart_into_what_went_in(resources: list[dict[str, object]]) -> None:
    body = dumps({"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]})
    assert [entry.resource for entry in read_bundle(body.encode("utf-8", "surrogatepass")).entries] == resources
