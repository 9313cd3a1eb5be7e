"""What is installed is pinned and hashed, and from no address but the machine's own registry setting."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture import BASE

LOCKS = [*sorted((BASE / "requirements").glob("*.txt")), BASE / "package-lock.json", BASE / ".npmrc"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_no_registry_address_is_written_down(path: Path) -> None:
    assert "://" not in path.read_text()


@pytest.mark.parametrize("path", sorted((BASE / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_every_python_package_is_pinned_with_a_hash(path: Path) -> None:
    entries = re.sub(r"\\\n", " ", path.read_text()).splitlines()
    packages = [line for line in entries if line and not line.lstrip().startswith("#")]
    assert packages
    assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_every_npm_package_is_pinned_with_a_hash() -> None:
    packages = json.loads((BASE / "package-lock.json").read_text())["packages"]
    assert [name for name, facts in packages.items() if name and "integrity" not in facts] == []
