"""What every page is told by this room."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from residents.acting import acting_of
from residents.same_person import whom


def acting(request: HttpRequest) -> dict[str, Any]:
    """`acting`: whom the session acts for, for the banner; `whom`: the same for forms. Asked only where needed."""
    return {"acting": SimpleLazyObject(lambda: acting_of(request)), "whom": SimpleLazyObject(lambda: whom(request))}
