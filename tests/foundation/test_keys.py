"""Keys made in Python."""

from foundation.keys import uuid7


def test_keys_are_version_7_and_grow_with_time() -> None:
    keys = [uuid7() for _ in range(2000)]
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}
    milliseconds = [key.int >> 80 for key in keys]
    assert milliseconds == sorted(milliseconds)


def test_keys_of_one_instant_differ_unguessably() -> None:
    assert len({uuid7().int & (1 << 62) - 1 for _ in range(2000)}) == 2000
