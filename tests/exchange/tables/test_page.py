"""The page for those who export tables says what the code does: its mapping, its example, its words."""

import json
import re

import pytest

from records.exchange.tables.fields import FIELDS, STATUSES
from records.exchange.tables.plan import KEYS
from tests.architecture import BASE
from tests.exchange.tables.making import COLUMNS, ROWS, resources, text

PAGE = (BASE / "docs/connect/tables.md").read_text()
EXAMPLE = (BASE / "docs/connect/examples/results.csv").read_bytes()


def test_the_mapping_on_the_page_reads_the_example() -> None:
    written = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert written and json.loads(written[1]) == COLUMNS
    assert resources(EXAMPLE, json.loads(written[1])) == resources(text(ROWS))


@pytest.mark.parametrize("name", sorted({*FIELDS, *KEYS, *STATUSES.values()}))
def test_every_word_of_a_mapping_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE or f'"{name}"' in PAGE


@pytest.mark.parametrize("pair", re.findall(r"`(\{\"column\".*?\}|\{\"re.*?\}\})`", PAGE))
def test_what_the_page_shows_is_json(pair: str) -> None:
    assert json.loads(pair)
