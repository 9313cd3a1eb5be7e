"""How rows of this room are picked and ordered; views never filter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from residents.access import Viewer
    from residents.models import (  # noqa: F401  # for the bases
        AccessCase,
        AccessEvent,
        Approval,
        Consent,
        ConsentText,
        Correction,
        Delegation,
        Delivery,
        Guardianship,
        Identifier,
        Invitation,
        MessageChoice,
        Notice,
        Opening,
        Verification,
    )


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The inbox of the person looked at."""
        return self.filter(resident_id=viewer.resident_id)

    def unread(self) -> Self:
        """Not opened yet."""
        return self.filter(read_at=None)

    def newest_first(self) -> Self:
        """Latest on top; equal times in a fixed order."""
        return self.order_by("-created_at", "-id")

    def untold(self) -> Self:
        """Nobody has looked yet whom to tell by which channel; oldest first."""
        return self.filter(told_at=None).order_by("created_at", "id")


class MessageChoiceQuerySet(models.QuerySet["MessageChoice"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The choices of the person looked at."""
        return self.filter(resident_id=viewer.resident_id)

    def refused(self) -> Self:
        """What a person does not want."""
        return self.filter(wanted=False)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> Self:
        """Waiting, and their time has come; oldest first."""
        return self.filter(status="waiting", due_at__lte=now).order_by("due_at", "id")

    def codes_to(self, index: bytes, since: datetime) -> Self:
        """The codes that left for one number since an instant, written or spoken."""
        return self.filter(recipient_index=index, template__endswith="_code", sent_at__gte=since)

    def rung(self, index: bytes, person: UUID | None, since: datetime) -> Self:
        """What left for one phone about one person since an instant, written or spoken, other than codes."""
        told = self.filter(recipient_index=index, channel__in=["sms", "voice"], sent_at__gte=since)
        return told.filter(resident_id=person).exclude(template__endswith="_code")

    def unconfirmed(self, provider_id: str) -> Self:
        """Handed over, and the provider has not said yet whether it arrived."""
        return self.filter(status="sent", provider_id=provider_id)


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What was seen or done about the person looked at."""
        return self.filter(resident_id=viewer.resident_id)

    def newest_first(self) -> Self:
        """Latest on top; equal times in a fixed order."""
        return self.order_by("-at", "-id")


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The documents of the person looked at, in the order they were registered."""
        return self.filter(resident_id=viewer.resident_id).order_by("created_at", "id")


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def live(self, now: datetime) -> Self:
        """Approved, begun, neither past nor ended. What the age of a ward leaves of it is the database's business."""
        return self.filter(state="approved", ended_at=None, starts_at__lte=now, ends_at__gt=now)

    def about(self, resident_id: UUID) -> Self:
        """Who may act for a person."""
        return self.filter(resident_id=resident_id)

    def held_by(self, delegate_id: UUID) -> Self:
        """For whom a person may act."""
        return self.filter(delegate_id=delegate_id)


class OpeningQuerySet(models.QuerySet["Opening"]):
    def live(self, now: datetime) -> Self:
        """Neither past nor closed."""
        return self.filter(closed_at=None, closes_at__gt=now)


class AccessCaseQuerySet(models.QuerySet["AccessCase"]):
    def of(self, resident_id: UUID) -> Self:
        """What one person asked about."""
        return self.filter(resident_id=resident_id)

    def open(self) -> Self:
        """Not answered yet, the most urgent first."""
        return self.filter(answered_at=None).order_by("due_at", "id")


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def of(self, resident_id: UUID) -> Self:
        """What one person says is wrong, newest first."""
        return self.filter(resident_id=resident_id).order_by("-asked_at")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def live(self) -> Self:
        """Given and not withdrawn."""
        return self.filter(withdrawn_at=None)

    def of(self, resident_id: UUID) -> Self:
        """What one person consented to."""
        return self.filter(resident_id=resident_id)


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def in_force(self, now: datetime) -> Self:
        """The newest text of each purpose and audience that has come into force."""
        return (
            self.filter(effective_from__lte=now)
            .order_by("purpose", "audience", "-effective_from", "-version")
            .distinct("purpose", "audience")
        )


class VerificationQuerySet(models.QuerySet["Verification"]):
    def live(self, now: datetime) -> Self:
        """Proofs that count now: neither revoked nor past their end."""
        in_time = Q(valid_until=None) | Q(valid_until__gt=now)
        return self.filter(in_time, revoked_at=None, verified_at__lte=now)


class ApprovalQuerySet(models.QuerySet["Approval"]):
    def waiting(self, now: datetime) -> Self:
        """Neither decided nor too old; oldest first."""
        return self.filter(verdict="pending", expires_at__gt=now).order_by("requested_at", "id")

    def newest_first(self) -> Self:
        """Latest on top; equal times in a fixed order."""
        return self.order_by("-requested_at", "-id")


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> Self:
        """Neither taken up, taken back nor past; newest first."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=now).order_by("-created_at", "-id")


class GuardianshipQuerySet(models.QuerySet["Guardianship"]):
    def of(self, guardian_id: UUID) -> Self:
        """One guardian's applications, newest first."""
        return self.filter(guardian_id=guardian_id).order_by("-created_at", "-id")

    def waiting(self) -> Self:
        """Nobody has decided yet; the longest waiting first."""
        return self.filter(state="requested").order_by("created_at", "id")
