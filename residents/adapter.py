"""allauth's doors, opened our way: no sign-up, no e-mail, codes through the portal's own messages."""

from allauth.account.adapter import DefaultAccountAdapter

from residents.models import Account


def display_name(account: Account) -> str:
    """What allauth's pages call an account."""
    return account.name or "居民"


class AccountAdapter(DefaultAccountAdapter):
    pass
