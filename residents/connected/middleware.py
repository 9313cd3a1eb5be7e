"""Addresses that programs ask by themselves: whoever asks shows a token, and no cookie counts."""

from django.http import HttpRequest, HttpResponse

from foundation.middleware import Handler

# Without the cookie there is nothing that another page could have a browser do, and so no question of CSRF.
BY_PROGRAMS = ("/fhir/", "/oauth/token", "/oauth/revoke", "/.well-known/")


class NoCookiesMiddleware:
    """Forget the cookies of a request to such an address, before anybody looks for a session; and set none."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(BY_PROGRAMS):
            return self.get_response(request)
        request.COOKIES.clear()
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response.cookies.clear()
        return response
