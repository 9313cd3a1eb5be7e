"""What an operator can set or run is written down."""

import re
from pathlib import Path

import pytest

from tests.architecture import BASE, ROOMS

DOCS = sorted((BASE / "docs").rglob("*.md"))
COMMANDS = sorted(
    path.stem
    for room in ROOMS
    for path in (BASE / room).rglob("management/commands/*.py")
    if not path.stem.startswith("_")
)
READS = re.compile(r'\benv(?:_bool|_list|_key|_keys|_key_ring|_signing_pair|_certificates)?\(\s*"([A-Z_]+)"')


def variables() -> list[str]:
    """Every environment variable the settings and the rooms read, the logins' addresses included."""
    text = "".join(path.read_text() for room in ROOMS for path in (BASE / room).rglob("*.py"))
    logins = [f"DATABASE_{name.upper()}_URL" for name in re.findall(r'\bdatabase\("(\w+)"\)', text) if name != "owner"]
    return sorted({*READS.findall(text), *logins, "DATABASE_URL"})


def mentions(path: Path, word: str) -> bool:
    return f"`{word}`" in path.read_text()


@pytest.mark.parametrize("name", variables())
def test_every_environment_variable_is_explained(name: str) -> None:
    assert mentions(BASE / "docs/operations.md", name)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_named_in_the_documentation(name: str) -> None:
    assert any(mentions(path, name) for path in DOCS)


def test_no_variable_is_explained_that_nobody_reads() -> None:
    text = (BASE / "docs/operations.md").read_text()
    table = text.split("## 环境变量")[1].split("\n## ")[0]
    explained = set(re.findall(r"^\| `([A-Z_]+)`", table, flags=re.MULTILINE))
    assert explained <= set(variables()) | READ_OUTSIDE_SETTINGS


# Read before there are settings: by the launcher, which starts the parts and finds their ports.
READ_OUTSIDE_SETTINGS = {"PORT"}
