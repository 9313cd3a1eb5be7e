"""Where a visitor may be sent after a deed: nowhere but this portal's own paths."""

from django.utils.http import url_has_allowed_host_and_scheme


def is_own_path(address: str | None) -> bool:
    """True for a path of this site; never for another host, `//host`, a scheme or a backslash trick."""
    return (address or "").startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
