"""Every address of the resolver, by name."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def addresses(resolver: URLResolver | None = None, route: str = "", names: str = "") -> Iterator[tuple[str, str]]:
    """Each pattern as (name with its namespaces, or the route where it has none; route)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        where = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inside = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from addresses(pattern, where, inside)
        elif isinstance(pattern, URLPattern):
            yield (f"{names}{pattern.name}" if pattern.name else where), where
