"""Pages that are the same for every visitor, so that the web server in front may hand out one copy for some seconds.

Such a page carries nothing of the visitor: no CSRF token (forms on it go to views marked `usable_from_shared_pages`),
no name, no message. It differs by the address, the language and the display mode only (`deploy/nginx/`).
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = TypeVar("View", bound=Callable[..., Any])

COOKIES_OF_NOBODY = ("display", "language")
PLAIN = re.compile("[a-zA-Z-]+")


def shared_page(seconds: int, unless: str = "") -> Callable[[View], View]:
    """Let a cache in front keep the page for `seconds` where the visitor brought no cookie of their own.

    Browsers ask again each time, so an edit is seen as soon as the copy in front has aged. With the parameter `unless`
    (what somebody typed) the page is not kept: what is searched for stands in no cache.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            shared = is_for_everybody(request) and not (unless and request.GET.get(unless))
            vars(request)["is_shared"] = shared
            response: HttpResponse = view(request, *args, **kwargs)
            # Never the answer to a form: it holds what was typed.
            if shared and request.method != "POST" and response.status_code in {200, 410}:
                patch_cache_control(response, public=True, max_age=0, s_maxage=seconds)
            return response

        return cast(View, inner)

    return guard


def is_for_everybody(request: HttpRequest) -> bool:
    """Whether nothing in the request tells visitors apart but language and display mode, each said once.

    Of a cookie sent twice the cache in front takes the first and the portal the last: such a page would be kept as
    another one.
    """
    said = [pair.partition("=") for pair in request.META.get("HTTP_COOKIE", "").split(";") if pair.strip()]
    names = [name.strip() for name, _sign, _value in said]
    known = {settings.PREFIX + name for name in COOKIES_OF_NOBODY}
    plain = all(PLAIN.fullmatch(value.strip()) for _name, _sign, value in said)
    once = len(names) == len(set(names))
    return plain and once and not set(names) - known and "HTTP_AUTHORIZATION" not in request.META


def usable_from_shared_pages(view: View) -> View:
    """Accept a form of this site without a token: the browser says where it came from (Origin, else Referer).

    Only for deeds that anybody may do to themselves, as choosing the language. Without both headers the token is asked.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = (view if _from_our_own_page(request) else protected)(request, *args, **kwargs)
        return response

    return cast(View, inner)


def _from_our_own_page(request: HttpRequest) -> bool:
    """Whether scheme and host of the page are ours: a page over http is anybody's who stands in between."""
    came_from = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        page = urlsplit(came_from)
    except ValueError:  # no address at all
        return False
    origin = f"{page.scheme}://{page.netloc}"
    return origin == f"{request.scheme}://{request.get_host()}" or origin in settings.CSRF_TRUSTED_ORIGINS
