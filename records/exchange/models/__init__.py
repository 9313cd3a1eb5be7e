"""The ledger of what facilities sent: every message stored before it is understood, and what became of it."""

from records.exchange.models.codes import CodeCount, Unmapped
from records.exchange.models.credentials import SourceCredential
from records.exchange.models.desk import CodeMapping, Held, SourcePatient
from records.exchange.models.feeds import Pull, PushKey, Source
from records.exchange.models.folds import Fold, FoldingDue
from records.exchange.models.inbox import FilePart, Inbound, InboundKey, StoredFile, Translation
from records.exchange.models.merges import PatientMerge
from records.exchange.models.onboarding import Launch, Trial
from records.exchange.models.policies import (
    CriticalCase,
    CriticalLimit,
    CriticalStep,
    CriticalSubject,
    ReleasePolicy,
)
from records.exchange.models.recalls import (
    Recall,
    RecallCover,
    RecallDecision,
    RecallPerson,
    RecallRow,
    RecallTold,
)
from records.exchange.models.replays import Replay, ReplayDifference
from records.exchange.models.settling import IdentityCase, IdentityDecision, IdentityFacts
from records.exchange.models.sheets import ErrorSheet, ErrorSheetContent, TableReading
from records.exchange.models.units import UnitAlias

__all__ = [
    "CodeCount",
    "CodeMapping",
    "CriticalCase",
    "CriticalLimit",
    "CriticalStep",
    "CriticalSubject",
    "ErrorSheet",
    "ErrorSheetContent",
    "FilePart",
    "Fold",
    "FoldingDue",
    "Held",
    "IdentityCase",
    "IdentityDecision",
    "IdentityFacts",
    "Inbound",
    "InboundKey",
    "Launch",
    "PatientMerge",
    "Pull",
    "PushKey",
    "Recall",
    "RecallCover",
    "RecallDecision",
    "RecallPerson",
    "RecallRow",
    "RecallTold",
    "ReleasePolicy",
    "Replay",
    "ReplayDifference",
    "Source",
    "SourceCredential",
    "SourcePatient",
    "StoredFile",
    "TableReading",
    "Translation",
    "Trial",
    "UnitAlias",
    "Unmapped",
]
