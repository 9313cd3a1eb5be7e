"""Messages of other projects, where the machine has a folder of them (SAMPLES_DIR)."""

import os
from pathlib import Path

import pytest

from records.exchange.hl7v2 import translate
from records.exchange.hl7v2.acknowledging import ACCEPTED, acknowledge, envelope
from records.exchange.translating import Setup, Untranslatable
from tests.factories import NOON

FOLDER = Path(os.environ.get("SAMPLES_DIR", "/nonexistent")) / "hl7v2"
FILES = sorted(path for path in FOLDER.glob("*") if path.suffix in {".hl7", ".bin"})
pytestmark = pytest.mark.skipif(not FILES, reason="SAMPLES_DIR names no folder")


def outcome(path: Path) -> list[str]:
    """What a file gives: the kinds of its resources, or that it was refused with a reason."""
    try:
        return [entry.resource["resourceType"] for entry in translate(path.read_bytes(), Setup())]
    except Untranslatable as problem:
        assert problem.explanation
        return ["refused"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_read_or_refused_with_a_reason_and_answered(path: Path) -> None:
    assert outcome(path)
    assert b"MSA" in acknowledge(envelope(path.read_bytes()), ACCEPTED, NOON)


@pytest.mark.parametrize("path", [path for path in FILES if path.name.startswith("oru_")], ids=lambda path: path.name)
def test_every_result_message_that_names_a_patient_gives_reports(path: Path) -> None:
    named = any(segment.split("|")[3:4] not in ([], [""]) for segment in pids(path))
    assert ("DiagnosticReport" in outcome(path)) == named


def pids(path: Path) -> list[str]:
    lines = path.read_bytes().decode("utf-8", "replace").replace("\n", "\r").split("\r")
    return [line for line in lines if line.startswith("PID|")]
