"""Booklets for tests: asked for as a person does, made as the worker does."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from foundation.crypto import digest, seal
from foundation.rowsecurity import acting_as
from records.booklet import making
from records.booklet.choosing import SECTIONS
from records.models import Parcel, ParcelLink, ParcelPiece
from records.models.parcels import piece_place
from tests import factories
from tests.people import People


def made(people: People, content: bytes = b"%PDF-1.7", **fields: Any) -> Parcel:
    """A file of hers that is ready, written as the owner, its content in one piece."""
    now = timezone.now()
    told: dict[str, Any] = {
        "kind": "record",
        "with_records": True,
        "with_results": True,
        "state": "ready",
        "form_hash": uuid4().bytes * 2,
        "asked_at": now,
        "ready_at": now,
        "expires_at": now + timedelta(hours=1),
        "pages": 1,
    }
    account = people.helanfang_account.pk
    row = factories.made(Parcel(resident=people.helanfang, account_id=account, **told | fields))
    piece = ParcelPiece(resident=people.helanfang, parcel=row, number=0)
    piece.content = seal(content, piece_place(piece.pk))
    factories.made(piece)
    return row  # type: ignore[no-any-return]  # what was given


def piece(people: People) -> ParcelPiece:
    """The piece of such a file."""
    row = made(people)
    with acting_as("owner"):
        return row.pieces.get()


def link(people: People, parcel: Parcel | None = None, token: str = "token", **fields: Any) -> ParcelLink:
    """A link to a file of hers; of no session, unless `session_hash` says so."""
    now, of = timezone.now(), parcel or made(people)
    told: dict[str, Any] = {"made_at": now, "expires_at": now + timedelta(minutes=5), "token_hash": digest(token)}
    account = people.helanfang_account.pk
    return factories.made(  # type: ignore[no-any-return]  # as above
        ParcelLink(resident=people.helanfang, parcel=of, account_id=account, **told | fields)
    )


def asked(client: Client, *sections: str, **fields: Any) -> Parcel:
    """What the form makes: all sections unless some are named."""
    told = {"period": "all", "sections": sections or list(SECTIONS), "form_key": str(uuid4())} | fields
    response = client.post(reverse("records:booklet"), told)
    assert response.status_code == 302, response.content.decode()
    return stored(UUID(response["Location"].rstrip("/").split("/")[-1]))


def stored(key: UUID) -> Parcel:
    """A file as it stands in the database."""
    with acting_as("owner"):
        return Parcel.objects.get(pk=key)


def work(parcel: Parcel, at: datetime | None = None) -> bool:
    """What the worker does."""
    with acting_as("worker"):
        return making.make(parcel.pk, clock=lambda: at or timezone.now())


def fetched(client: Client, parcel: Parcel) -> bytes:
    """The file as its maker gets it."""
    response = client.get(reverse("records:booklet_pdf", args=[parcel.pk]))
    assert response.status_code == 200, response.status_code
    return response.content


def taken(client: Client, *sections: str, **fields: Any) -> bytes:
    """Asked for, made and fetched."""
    parcel = asked(client, *sections, **fields)
    assert work(parcel)
    return fetched(client, parcel)


def text(pdf: bytes) -> str:
    """All letters of a file, without spaces."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
