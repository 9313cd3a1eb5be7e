"""How the pages look for this visitor: standard or 长辈版, remembered for the account and the device."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.middleware import Handler
from residents.models import Account


def display_cookie() -> str:
    """The cookie's name: bound to the host once HTTPS is on, like every cookie of the portal."""
    return f"{settings.PREFIX}display"


class DisplayModeMiddleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wanted = request.COOKIES.get(display_cookie()) or getattr(request.user, "display_mode", "")
        known = wanted in Account.DisplayMode.values
        vars(request)["display_mode"] = wanted if known else Account.DisplayMode.STANDARD.value
        return self.get_response(request)
