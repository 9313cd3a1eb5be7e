"""Keys made in Python."""

from foundation.keys import uuid7


def test_keys_are_version_7() -> None:
    assert {(key.version, key.variant) for key in [uuid7() for _ in range(2000)]} == {(7, "specified in RFC 4122")}


def test_keys_made_one_after_another_sort_so() -> None:
    keys = [uuid7() for _ in range(2000)]
    assert keys == sorted(keys)


def test_keys_of_one_instant_differ_unguessably() -> None:
    assert len({uuid7().int & (1 << 62) - 1 for _ in range(2000)}) == 2000
