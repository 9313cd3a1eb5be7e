"""JSON as a facility's FHIR server writes it: decimals keep the zeros the laboratory printed."""

import json
from decimal import Decimal
from typing import Any

Resource = dict[str, Any]


def dumps(value: object) -> str:
    """Return compact JSON; a Decimal becomes a number with all its digits (``5.60``), other scalars as in ``json``.

    The standard encoder can only write a Decimal by way of float, which drops the zeros. TypeError for anything JSON
    cannot hold.
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumps(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)
