"""`make bench`: taking in a large bundle needs no more memory than taking in a small one (BENCH_MEGABYTES, 60)."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.bench.synthea_like import bundle_file
from tests.faults.breaking import PATIENCE, process

LARGE = int(os.environ.get("BENCH_MEGABYTES", "60"))
SMALL = 6
MEGABYTE = 1024 * 1024
# A process that imports in a file's place and says how much memory it needed at most, in kilobytes.
IMPORT = """
import re, sys
from pathlib import Path
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "import_fhir", *sys.argv[1:]])
print("peak", re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak(path: Path, code: str) -> float:
    """Megabytes that the import of a file needs at most."""
    factories.source(factories.facility(code.upper()), code)
    script = path.with_suffix(".py")
    script.write_text(IMPORT)
    environment = {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONPATH": os.getcwd()}
    with process(str(script), str(path), "--source", code, login="worker", **environment) as run:
        printed, _ = run.communicate(timeout=PATIENCE * LARGE)
    return int(printed.rpartition("peak")[2]) / 1024


def test_memory_does_not_grow_with_the_file(tmp_path: Path, db: None, capsys: pytest.CaptureFixture[Any]) -> None:
    person = tmp_path / "person.json"
    bundle_file(person, 0, 1)
    peaks: dict[int, float] = {}
    for megabytes in (SMALL, LARGE):
        path = tmp_path / f"{megabytes}.json"
        bundle_file(path, megabytes * 1000, megabytes * MEGABYTE // person.stat().st_size)
        peaks[path.stat().st_size // MEGABYTE] = peak(path, f"size-{megabytes}")
    with capsys.disabled():
        print("".join(f"\n{size:>4} MB of bundle: {needed:.0f} MB of memory" for size, needed in peaks.items()))
    small, large = peaks.values()
    assert large < small * 1.25
