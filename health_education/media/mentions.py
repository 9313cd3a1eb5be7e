"""Which media a text names: `medium:<number>`, or `medium:<key>`."""

import re
from uuid import UUID

SCHEME = "medium:"
# Only as the database reads it too (migration 0009), which keeps the words of what an approved text names.
NUMBER, KEY = "([1-9][0-9]{0,4})(?![0-9-])", "([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
NAMED = re.compile(f"{SCHEME}(?:{NUMBER}|{KEY})")


def named_in(text: str) -> list[int | UUID]:
    """Numbers and keys of the media that a text names, in its order."""
    return [int(number) if number else UUID(key) for number, key in NAMED.findall(text)]
