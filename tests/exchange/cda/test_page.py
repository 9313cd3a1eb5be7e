"""The page for those who send documents says what the code does."""

import pytest

from records.exchange.cda.kinds import TITLES
from tests.architecture import BASE
from tests.exchange.cda.making import LABORATORY, resources

PAGE = (BASE / "docs/connect/cda.md").read_text()
EXAMPLE = (BASE / "docs/connect/examples/laboratory-report.xml").read_bytes()


def test_the_example_is_read() -> None:
    assert resources(EXAMPLE) == resources(LABORATORY)


@pytest.mark.parametrize("code", sorted(TITLES))
def test_every_type_that_is_read_is_named(code: str) -> None:
    assert f"`{code}`" in PAGE
