"""Who you are, whom you act for, what you may see, who looked; notices."""

from residents.models.access import AccessEvent, CareGrant, Delegation, Opening, PresenceCode
from residents.models.account import Account, AccountSession, Verification
from residents.models.approval import Approval, OpeningReview
from residents.models.binding import Binding
from residents.models.case import AccessCase
from residents.models.consent import Consent, ConsentText
from residents.models.correction import Correction
from residents.models.family import Guardianship, GuardianshipPhoto, Invitation
from residents.models.hearing import Hearing, SmsReply
from residents.models.notice import Channel, Delivery, MessageChoice, MessageSpending, Notice
from residents.models.program import Connection, ConnectionToken, Program, ProgramSecret
from residents.models.registration import ActivationCode, DeathReport
from residents.models.resident import Identifier, Resident
from residents.models.seal import ReadTally, Reconciliation, Seal
from residents.models.sign_in import FactorSecret, KnownDevice

__all__ = [
    "AccessCase",
    "AccessEvent",
    "Account",
    "AccountSession",
    "ActivationCode",
    "Approval",
    "Binding",
    "CareGrant",
    "Channel",
    "Connection",
    "ConnectionToken",
    "Consent",
    "ConsentText",
    "Correction",
    "DeathReport",
    "Delegation",
    "Delivery",
    "FactorSecret",
    "Guardianship",
    "GuardianshipPhoto",
    "Hearing",
    "Identifier",
    "Invitation",
    "KnownDevice",
    "MessageChoice",
    "MessageSpending",
    "Notice",
    "Opening",
    "OpeningReview",
    "PresenceCode",
    "ReadTally",
    "Program",
    "ProgramSecret",
    "Reconciliation",
    "Resident",
    "Seal",
    "SmsReply",
    "Verification",
]
