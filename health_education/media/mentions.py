"""Which media a text names: `medium:<number>`, or `medium:<key>`."""

import re
from uuid import UUID

SCHEME = "medium:"
NAMED = re.compile(rf"{SCHEME}(?:(\d{{1,5}})(?![\d-])|([0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}))")


def named_in(text: str) -> list[int | UUID]:
    """Numbers and keys of the media that a text names, in its order."""
    return [int(number) if number else UUID(key) for number, key in NAMED.findall(text)]
