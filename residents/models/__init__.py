"""Who you are, whom you act for, what you may see, who looked; notices."""

from residents.models.access import AccessEvent, CareGrant, Delegation, Opening
from residents.models.account import Account, AccountSession, Verification
from residents.models.notice import Delivery, Notice
from residents.models.resident import Identifier, Resident

__all__ = [
    "AccessEvent",
    "Account",
    "AccountSession",
    "CareGrant",
    "Delegation",
    "Delivery",
    "Identifier",
    "Notice",
    "Opening",
    "Resident",
    "Verification",
]
