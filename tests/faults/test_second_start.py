"""The launcher finds what its first start left, and starts again."""

from pathlib import Path

from tests.portal.test_launcher import starts_and_stops


def test_it_starts_and_stops_twice_on_the_same_data(tmp_path: Path) -> None:
    starts_and_stops(tmp_path)
    starts_and_stops(tmp_path)
