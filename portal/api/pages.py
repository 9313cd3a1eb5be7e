"""Which page each address of the interface stands for: staff who act for a person may ask it where they may turn to
that page, and nowhere else (`portal.people.pages`)."""

PAGES = {
    "api:documentation": "home",
    "api:schema": "home",
    "api:nowhere": "home",
    "api:csrf": "home",
    "api:me": "residents:me",
    "api:notices": "residents:notices",
    "api:notices_read": "residents:open_notice",
    "api:notices_read_all": "residents:read_all_notices",
    "api:summary": "records:home",
    "api:search": "records:search",
    "api:section": "records:section",
    "api:thing": "records:thing",
    "api:reports": "records:reports",
    "api:report": "records:report",
    "api:items": "records:items",
    "api:trend": "records:trend",
    "api:shares": "records:shares",
    "api:share_revoke": "records:share_revoke",
    "api:check_copy": "records:verify",
    "api:facilities": "appointments:facilities",
    "api:departments": "appointments:departments",
    "api:practitioners": "appointments:practitioners",
    "api:sessions": "appointments:days",
    "api:slots": "appointments:times",
    "api:bookings": "appointments:bookings",
    "api:bookings POST": "appointments:confirm",
    "api:booking": "appointments:booking",
    "api:booking_cancel": "appointments:cancel",
    "api:articles": "health_education:articles",
    "api:articles_search": "health_education:articles",
    "api:article": "health_education:article",
}


def page_for(address: str, method: str | None) -> str:
    """The page whose rule an address follows: its own, unless it belongs to the interface."""
    return PAGES.get(f"{address} {method}") or PAGES.get(address, address)
