"""What the invented people have agreed to: everybody to everything, but one who is asked when he first looks."""

from datetime import datetime

from residents.consenting import audience_of
from residents.models import Account, Consent, ConsentText, Resident
from residents.models.consent import Purpose

ASKED_LATER = "wang_jianguo"


def seed_consents(made: dict[str, Resident], now: datetime) -> None:
    """Once for each person; what somebody takes back while trying the portal stays taken back."""
    texts = {(text.audience, text.purpose): text for text in ConsentText.objects.in_force(now)}
    signers = dict(Account.objects.filter(resident__in=made.values()).values_list("resident_id", "id"))
    for key, person in made.items():
        known = set(Consent.objects.filter(resident=person).values_list("purpose", flat=True))
        for purpose in [name for name in Purpose.values if key != ASKED_LATER and name not in known]:
            text = texts[audience_of(person.birth_date, now), purpose]
            given = {"given_at": now, "given_by": signers[person.pk]}
            Consent.objects.create(resident=person, purpose=purpose, text=text, **given)
