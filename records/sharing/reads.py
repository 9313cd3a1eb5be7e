"""Reads of this room that the access log holds, counted beside it (foundation.tally)."""

from foundation import tally
from records.recognition import listing
from records.sharing import opened, shares


def register_all() -> None:
    """Called once, when Django has loaded the models.

    A doctor with a person's PIN reads through functions of the database, which write the look down themselves.
    """
    tally.watch("app.shared_reports", "app.shared_observations", "app.shared_original(")
    tally.logged_as(shares.CHOSE, shares.MADE, shares.READ, listing.READ_RECENT)
    tally.logged_as(opened.READ, opened.DOWNLOADED, opened.ORIGINAL)
