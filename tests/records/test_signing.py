"""The signature on what the portal prints, read back by the portal and by programs that know nothing of it."""

import os
import shutil
import subprocess
from base64 import b64encode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from django.conf import LazySettings
from django.conf import settings as portal
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from foundation.certificates import Unusable, opened, self_signed, vouched_for
from records.pdf import Line, ReportDocument, render
from records.signing import Reading, SigningFailed, State, sign, standing
from tests.factories import NOON

ROOT = Path(__file__).parents[2]
FONT_DIR = Path(os.environ.get("PDF_FONT_DIR") or ROOT / "node_modules/@expo-google-fonts/noto-sans-sc")
REPORT = ReportDocument(
    title="检验报告单",
    report_number="L1",
    resident_name="贺兰芳",
    sex="女",
    age="69岁",
    masked_id="640***********0125",
    performing_facility="石桥镇中心卫生院",
    issued_at="2026-11-22 10:26",
    issued=NOON,
    status="正式报告",
    items=(Line("血红蛋白", "103", "g/L", "115～150", "偏低", "↓"),),
    verify_url="https://health.example/verify/x",
)
PLAIN = render(REPORT, FONT_DIR)
SIGNED = sign(PLAIN, now=NOON)
ADDED = len(PLAIN)  # from here on stands what signing added


@pytest.fixture
def key(settings: LazySettings) -> LazySettings:
    """Settings in which another key may be put."""
    return settings


def test_the_signature_covers_the_whole_file_for_a_program_that_knows_nothing_of_us() -> None:
    [signature] = PdfFileReader(BytesIO(SIGNED)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    said = validate_pdf_signature(signature, trusted)
    assert (said.bottom_line, said.intact, said.docmdp_ok) == (True, True, True)
    assert said.coverage.name == "ENTIRE_FILE"


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler is not on this machine (apt-get install poppler-utils)")
def test_poppler_calls_it_valid(tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(SIGNED)
    said = subprocess.run(["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said and "ETSI.CAdES.detached" in said and "Total document signed" in said


def test_the_portal_knows_its_own_signature_and_says_that_nobody_vouches_for_it() -> None:
    found = standing(SIGNED)
    assert found.is_ours and "本机自签，不具法律效力" in found.by


def test_what_was_printed_stays_byte_for_byte() -> None:
    assert SIGNED.startswith(PLAIN)


def test_a_signed_file_is_still_pdf_a_2a_and_as_accessible_as_before() -> None:
    before, after = PdfReader(BytesIO(PLAIN)), PdfReader(BytesIO(SIGNED))
    for name in ("/MarkInfo", "/Lang", "/ViewerPreferences"):
        assert str(after.root_object.raw_get(name)) == str(before.root_object.raw_get(name)), name
    for name in ("/StructTreeRoot", "/Metadata", "/OutputIntents"):  # the very same objects
        assert after.root_object.raw_get(name).idnum == before.root_object.raw_get(name).idnum, name
    described = after.root_object["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2<" in described and "<pdfaid:conformance>A<" in described and "<pdfuaid:part>1<" in described


def test_the_field_follows_the_rules_of_pdf_a_and_pdf_ua() -> None:
    """ISO 19005-2: 6.3.2 (printed, not hidden), 6.3.3 (no size, no drawing), 6.1.12; ISO 14289-1: 7.18.1 (off page)."""
    root = PdfReader(BytesIO(SIGNED)).root_object
    [field] = [one.get_object() for one in root["/AcroForm"]["/Fields"]]
    left, bottom, right, top = field["/Rect"]
    assert (left, bottom) == (right, top) and left < 0 and "/AP" not in field
    assert field["/F"] & 4 and not field["/F"] & (1 | 2 | 32) and field["/TU"] == "电子签名"
    assert set(root["/Perms"]) == {"/DocMDP"} and "NeedAppearances" not in str(root["/AcroForm"])
    assert {"/Type", "/TransformMethod", "/TransformParams"} == set(field["/V"]["/Reference"][0])


@settings(max_examples=300, deadline=None)
@example(place=ADDED, bit=0)
@given(place=st.integers(0, len(SIGNED) - 1), bit=st.integers(0, 7))
def test_a_file_with_any_bit_changed_is_no_longer_ours(place: int, bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[place] ^= 1 << bit
    assert not standing(bytes(changed)).is_ours


def test_every_byte_of_the_signature_itself_counts() -> None:
    """No byte that is added in signing can be put otherwise: not the spelling of a number, not what fills the gap.

    Each of the 4,400 once took 24 seconds; here every thirteenth.
    """
    still = []
    for place in range(ADDED, len(SIGNED), 13):
        changed = bytearray(SIGNED)
        changed[place] ^= 1
        if standing(bytes(changed)).is_ours:
            still.append(place)
    assert still == []


def test_a_changed_value_is_told_from_a_file_without_a_signature() -> None:
    changed = bytearray(SIGNED)
    changed[ADDED // 2] ^= 1
    assert [standing(one).state for one in (bytes(changed), PLAIN)] == [State.CHANGED, State.UNSIGNED]


@pytest.mark.parametrize("added", [b"\n", b"% a note", b"%" * 100_000])
def test_what_was_added_to_is_changed(added: bytes) -> None:
    assert standing(SIGNED + added).state is State.CHANGED


def test_a_signature_moved_to_another_file_holds_nothing() -> None:
    other = render(replace(REPORT, resident_name="王建国"), FONT_DIR)
    assert standing(other + SIGNED[ADDED:]).state is not State.OURS


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (b"", State.EMPTY),
        (b"PK\x03\x04 a word processor's file", State.NO_PDF),
        (b"%PDF-1.7\n1 0 obj<</Encrypt 2 0 R>>\n%%EOF", State.LOCKED),
        (b"%PDF-1.7\n/ByteRange [0 9 9 9]\n%%EOF", State.OTHERS),
        (b"%PDF-1.7\n/ByteRange [0 12 99999999999 1]/Contents<00>\n%%EOF", State.OTHERS),
        (b"%PDF-1.7\n%%EOF", State.UNSIGNED),
    ],
)
def test_other_files_are_named_for_what_they_are(content: bytes, state: State) -> None:
    assert standing(content).state is state


def test_somebody_elses_signature_is_not_ours(key: LazySettings) -> None:
    key.SIGNING_KEY = opened(self_signed(), "")
    assert standing(SIGNED).state is State.OTHERS


def test_what_an_earlier_key_signed_still_counts(key: LazySettings) -> None:
    key.SIGNING_FORMER = (portal.SIGNING_KEY.certificate,)
    key.SIGNING_KEY = opened(vouched_for(), "")
    assert standing(SIGNED).is_ours and standing(sign(PLAIN, now=NOON)).by == "清河口县卫生健康局"


def test_a_certificate_put_into_a_foreign_signature_does_not_make_it_ours(key: LazySettings) -> None:
    own = portal.SIGNING_KEY
    key.SIGNING_KEY = replace(opened(self_signed(), ""), chain=(own.certificate,))
    forged = sign(PLAIN, now=NOON)
    assert own.certificate.public_bytes(Encoding.DER).hex().upper().encode() in forged
    key.SIGNING_KEY = own
    assert standing(forged).state is State.CHANGED


@pytest.mark.parametrize("size", [1_000, 4_096, 50_000])
def test_it_makes_no_difference_in_which_pieces_a_file_arrives(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.signing.reading.WINDOW", 10_000)
    reading = Reading()
    for start in range(0, len(SIGNED), size):
        reading.feed(SIGNED[start : start + size])
    assert reading.done() == standing(SIGNED) and reading.done().is_ours


def test_a_file_of_any_size_is_read_in_little_memory() -> None:
    reading = Reading()
    for _ in range(640):
        reading.feed(b"%PDF-" + b"x" * 65_536)
        assert len(reading.end) < 400_000
    assert reading.done().state is State.UNSIGNED and reading.size > 40_000_000


def test_what_is_no_pdf_is_not_signed_and_not_repeated() -> None:
    with pytest.raises(SigningFailed) as refused:
        sign("贺兰芳".encode(), now=NOON)
    assert "贺" not in str(refused.value) and refused.value.__suppress_context__


def test_the_file_says_when_it_was_signed() -> None:
    field = PdfReader(BytesIO(SIGNED)).root_object["/AcroForm"]["/Fields"][0].get_object()
    assert str(field["/V"]["/M"]) == f"D:{NOON:%Y%m%d%H%M%S}+08'00'"


def test_a_key_with_a_password_opens_with_it_alone() -> None:
    pair = opened(vouched_for(), "")
    packed = pkcs12.serialize_key_and_certificates(
        b"seal", pair.key, pair.certificate, None, BestAvailableEncryption("三十六".encode())
    )
    text = b64encode(packed).decode()
    assert opened(text, "三十六").certificate == pair.certificate
    with pytest.raises(Unusable):
        opened(text, "三十五")


def test_a_chain_of_authorities_goes_with_the_signature_and_is_valid(key: LazySettings) -> None:
    above = opened(self_signed("某电子认证机构"), "").certificate
    key.SIGNING_KEY = replace(opened(vouched_for(), ""), chain=(above,))
    file = sign(PLAIN, now=NOON)
    [signature] = PdfFileReader(BytesIO(file)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    assert validate_pdf_signature(signature, trusted).bottom_line and standing(file).is_ours
    assert len(signature.other_embedded_certs) == 1
