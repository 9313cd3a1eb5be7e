"""Who you are, whom you act for, what you may see, who looked; notices."""

from residents.models.access import AccessEvent, CareGrant, Delegation, Opening, PresenceCode
from residents.models.account import Account, AccountSession, Verification
from residents.models.binding import Binding
from residents.models.consent import Consent, ConsentText
from residents.models.notice import Channel, Delivery, MessageChoice, MessageSpending, Notice
from residents.models.resident import Identifier, Resident
from residents.models.seal import ReadTally, Reconciliation, Seal
from residents.models.sign_in import FactorSecret, KnownDevice

__all__ = [
    "AccessEvent",
    "Account",
    "AccountSession",
    "Binding",
    "CareGrant",
    "Channel",
    "Consent",
    "ConsentText",
    "Delegation",
    "Delivery",
    "FactorSecret",
    "Identifier",
    "KnownDevice",
    "MessageChoice",
    "MessageSpending",
    "Notice",
    "Opening",
    "PresenceCode",
    "ReadTally",
    "Reconciliation",
    "Resident",
    "Seal",
    "Verification",
]
