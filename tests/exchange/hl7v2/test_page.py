"""The page for hospital engineers says what is so: its example, its script, its settings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from facilities.models import Facility
from foundation.dated import REGISTRY
from records.exchange.hl7v2.translation import ADMISSIONS, MERGES
from records.exchange.mapping import MAPPINGS
from records.exchange.values import Frame
from tests import factories
from tests.architecture import BASE
from tests.exchange.hl7v2.messages import one, read
from tests.exchange.hl7v2.test_mllp import listening_with
from tests.factories import NOON

PAGE = (BASE / "docs/connect/hl7v2.md").read_text()
EXAMPLE = next(
    block for block in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL) if block.startswith("MSH|") and "OBX" in block
)
SCRIPT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]


def test_the_example_can_be_read_and_shown() -> None:
    found = read(EXAMPLE)
    assert [item["resourceType"] for item in found] == ["Patient", "Observation", "Observation", "DiagnosticReport"]
    for resource in found[1:]:
        assert MAPPINGS[resource["resourceType"]](resource, Frame(NOON)).rows
    assert one("DiagnosticReport", EXAMPLE)["meta"]["lastUpdated"] == "2026-11-20T09:00:00+08:00"
    assert found[1]["valueQuantity"]["unit"] == "10^9/L" and found[2]["valueQuantity"]["comparator"] == "<"


def test_the_script_sends_the_example_and_shows_the_answer(county: Facility, tmp_path: Path) -> None:
    factories.source(county, "county-lis", kind="hl7v2", allowed_hosts=["127.0.0.1"])
    (tmp_path / "send.py").write_text(SCRIPT)
    (tmp_path / "example.hl7").write_text(EXAMPLE)
    with listening_with() as port:
        command = [sys.executable, "send.py", "127.0.0.1", str(port), "example.hl7"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True)
    assert "MSA|AA|MSG00001|" in done.stdout


@pytest.mark.parametrize("event", sorted((MERGES | ADMISSIONS) - {""}))
def test_every_event_that_is_read_is_named(event: str) -> None:
    assert event in PAGE or (event in {"A06"} and "A05–A07" in PAGE)


def test_the_limits_of_the_page_are_the_defaults() -> None:
    defaults = {
        key: REGISTRY[f"exchange.mllp_{key}"].default
        for key in ("megabytes", "frame_seconds", "idle_seconds", "connections", "connections_per_sender")
    }
    assert list(defaults.values()) == [20, 30, 600, 50, 10]
    assert "帧大小（20 MB）、一帧时限（30 秒）、空闲时限（600 秒）、连接数（50；同一地址 10，" in PAGE
