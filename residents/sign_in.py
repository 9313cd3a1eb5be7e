"""From a document number to the account it opens: the same questions are asked whether or not there is one."""

from uuid import UUID, uuid4

from django.db import connections, router

from residents.documents import Document
from residents.models import Account
from residents.models.account import random_username


def username_for(document: Document) -> str:
    """The random username behind a document; for one without an account a username that nobody has."""
    account = account_of(document)
    return account.username if account else random_username()


def reachable(account: Account | None) -> Account | None:
    """The account when a code can be sent to its verified phone, else None."""
    return account if account and account.phone and account.phone_verified_at else None


def account_of(document: Document) -> Account | None:
    """The account that a document opens, or None; both answers cost the same two queries."""
    # An unknown document asks for a key nobody has.
    return Account.objects.filter(pk=_account_id(document) or uuid4()).first()


def _account_id(document: Document) -> UUID | None:
    with connections[router.db_for_read(Account)].cursor() as cursor:
        # While the index key is changed a row may be found under the old one; every key is asked, found or not.
        cursor.execute(
            "SELECT app.account_for_document(%s, i) AS found FROM unnest(%s::bytea[]) AS i ORDER BY found LIMIT 1",
            [document.kind, list(document.index.every)],
        )
        found: UUID | None = cursor.fetchone()[0]
    return found


def look_for_nobody() -> None:
    """Ask for an account that nobody has: where somebody known is loaded, nobody costs the same statement."""
    Account.objects.filter(pk=uuid4()).first()
