"""Files and functions stay small enough to read in one go (house style)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture import BASE, ROOMS

LINES_OF_A_FILE = 300
LINES_OF_A_FUNCTION = 40

# Longer on purpose, each with its reason.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def sources() -> list[Path]:
    """Every Python file of the rooms, migrations left out: those are generated and never edited again."""
    found = (path for room in ROOMS for path in sorted((BASE / room).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function of a file with its number of lines, from `def` to its end."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_file_stays_below_300_lines(path: Path) -> None:
    if name_of(path) not in LONG_FILES:
        assert len(path.read_text().splitlines()) < LINES_OF_A_FILE


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_function_stays_within_40_lines(path: Path) -> None:
    assert [
        found for found in functions(path) if found[1] > LINES_OF_A_FUNCTION and found[0] not in LONG_FUNCTIONS
    ] == []


def test_the_allowances_are_still_needed() -> None:
    long_files = {name_of(path) for path in sources() if len(path.read_text().splitlines()) >= LINES_OF_A_FILE}
    long_functions = {name for path in sources() for name, lines in functions(path) if lines > LINES_OF_A_FUNCTION}
    assert (set(LONG_FILES) - long_files, set(LONG_FUNCTIONS) - long_functions) == (set(), set())
