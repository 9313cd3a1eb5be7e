"""A session that ended while a page was open."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from foundation.middleware import Handler


class SignInAgainMiddleware:
    """Send the whole page to the sign-in form; a fragment would otherwise receive the form inside itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        goes_to_sign_in = response.status_code == 302 and response["Location"].startswith(str(settings.LOGIN_URL))
        if not (goes_to_sign_in and request.headers.get("HX-Request") == "true"):
            return response
        return HttpResponse(status=204, headers={"HX-Redirect": str(settings.LOGIN_URL)})
