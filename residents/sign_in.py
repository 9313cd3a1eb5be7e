"""From a document number to the account it opens: the same questions are asked whether or not there is one."""

from uuid import UUID, uuid4

from django.db import connections, router

from residents.documents import Document
from residents.models import Account
from residents.models.account import random_username


def username_for(document: Document) -> str:
    """The random username behind a document; for one without an account a username that nobody has."""
    account = _account(document)
    return account.username if account else random_username()


def reachable_account(document: Document) -> Account | None:
    """The account behind a document when a code can be sent to its verified phone, else None."""
    account = _account(document)
    return account if account and account.phone and account.phone_verified_at else None


def _account(document: Document) -> Account | None:
    # An unknown document asks for a key nobody has, so that both answers cost the same two queries.
    return Account.objects.filter(pk=_account_id(document) or uuid4()).first()


def _account_id(document: Document) -> UUID | None:
    with connections[router.db_for_read(Account)].cursor() as cursor:
        cursor.execute("SELECT app.account_for_document(%s, %s)", [document.kind, document.index])
        found: UUID | None = cursor.fetchone()[0]
    return found
