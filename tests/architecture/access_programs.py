"""What everybody gets from the addresses for programs of others: a browser's session counts nothing there."""

EVERY = " ".join(15 * ["{}"])


def all_get(status: int) -> str:
    """The same for everybody."""
    return EVERY.replace("{}", str(status))


ANSWERS: list[tuple[str, str]] = [
    (all_get(200), "oauth_metadata smart_configuration fhir:metadata"),
    (all_get(400), "token"),
    (all_get(401), "revoke fhir:search fhir:post_search fhir:read fhir:summary fhir:summary_of"),
    (all_get(404), "fhir:base fhir:nothing"),
    (
        # Nobody was sent there by a program that is registered.
        "400 400 400 400 400 400 403 403 403 403 403 403 403 400 302",
        "authorize",
    ),
    (
        "200 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
        "residents:programs",
    ),
    (
        "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
        "residents:end_program",
    ),
]
