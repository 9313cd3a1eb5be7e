"""What every template may show."""

from django.conf import settings
from django.http import HttpRequest


def county(request: HttpRequest) -> dict[str, object]:
    """The county's name, and whether this is the demonstration."""
    return {"county_name": settings.COUNTY_NAME, "demo": settings.DEMO}
