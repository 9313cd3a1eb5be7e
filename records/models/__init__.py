"""What is known about a resident. Each row says where it came from; it is superseded or withdrawn, never overwritten.

A record copies the facts of the visit it came from and holds no key to a booking (the house, section 1).
"""

from records.attachments import ReportAttachment
from records.models.awaited import Awaited
from records.models.copies import IssuedCopy, StoredCopy
from records.models.disputes import Dispute
from records.models.follow_through import FollowThrough, FollowThroughStep
from records.models.health_links import SharedFile
from records.models.kept import CountyChange, PersonChange
from records.models.next_steps import NextStep
from records.models.observations import Observation
from records.models.own import OwnEntry, OwnReport, OwnReportPage
from records.models.parcels import Parcel, ParcelLink, ParcelPiece
from records.models.programmes import Document, Examination, FollowUp
from records.models.recognition import QualityMark, RecognitionRule
from records.models.reports import Report
from records.models.schedules import ScheduledDose
from records.models.services import ServiceQuestion
from records.models.shares import SharedReport, ShareLink, ShareOpening
from records.models.statements import (
    Allergy,
    CodedStatement,
    Condition,
    Encounter,
    Immunization,
    Medication,
    Procedure,
)
from records.models.summaries import Look, Summary, SummaryDue
from records.provenance import Provenance
from records.release import Release
from records.studies import ImagingStudy

__all__ = [
    "Allergy",
    "Awaited",
    "CodedStatement",
    "Condition",
    "CountyChange",
    "Dispute",
    "Document",
    "Encounter",
    "Examination",
    "FollowThrough",
    "FollowThroughStep",
    "FollowUp",
    "ImagingStudy",
    "Immunization",
    "IssuedCopy",
    "Look",
    "Medication",
    "NextStep",
    "Observation",
    "OwnEntry",
    "OwnReport",
    "OwnReportPage",
    "Parcel",
    "ParcelLink",
    "ParcelPiece",
    "PersonChange",
    "Procedure",
    "Provenance",
    "QualityMark",
    "RecognitionRule",
    "Release",
    "Report",
    "ReportAttachment",
    "ScheduledDose",
    "ServiceQuestion",
    "ShareLink",
    "ShareOpening",
    "SharedFile",
    "SharedReport",
    "StoredCopy",
    "Summary",
    "SummaryDue",
]
