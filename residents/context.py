"""What every page is told by this room."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from residents.acting import acting_of


def acting(request: HttpRequest) -> dict[str, Any]:
    """`acting`: whom the session acts for, for the banner; asked only where a template asks."""
    return {"acting": SimpleLazyObject(lambda: acting_of(request))}
