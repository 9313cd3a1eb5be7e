"""What every template may show."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from foundation import clock


def county(request: HttpRequest) -> dict[str, object]:
    """The county's name, whether this is the demonstration, and when the session ends if nothing more is done."""
    session = getattr(request, "session", None)
    ends_at = getattr(session, "ends_at", None)
    seconds = int((ends_at - clock.now()).total_seconds()) if ends_at else 0
    return {
        "county_name": settings.COUNTY_NAME,
        "demo": settings.DEMO,
        "session_ends_at": ends_at,
        "session_seconds": seconds,
        "session_who": _who(request) if ends_at else "",
        "session_is_kiosk": getattr(session, "kind", "") == "kiosk",
    }


def _who(request: HttpRequest) -> str:
    """A mark of the account by which the browser keeps a form for nobody else; it says nothing and opens nothing."""
    return salted_hmac("session.who", str(request.user.pk)).hexdigest()[:16]
