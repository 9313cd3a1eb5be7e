"""The families of the demonstration county: a mother helped by her daughter, a boy with his mother as guardian.

Another guardian's application waits in the queue, so that there is something to review.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone

from facilities.models import Facility
from portal.demo import people
from residents import documents
from residents.family import terms
from residents.models import Account, Consent, Delegation, Guardianship, Resident

HELPED = ["booking", "results", "notices"]
EVERYTHING = ["booking", "records", "results", "notices"]
# Nobody of the county's records: the reviewer sees a child that is not known yet.
WAITING_CHILD = people.Resident("su_child", "苏小满", date(2021, 4, 20), 64, None, "青石镇石门村")


def seed_families(made: dict[str, Resident], facilities: dict[str, Facility], now: datetime) -> None:
    """Who helps whom, each only once; an earlier helper's agreement is widened to what the demonstration shows."""
    mother, daughter, boy = made["he_lanfang"], made["he_xiaoyu"], made["lin_zihan"]
    _consent(mother, "delegates", now)
    Delegation.objects.update_or_create(
        resident=mother,
        delegate=daughter,
        relation=Delegation.Relation.FAMILY,
        ended_at=None,
        defaults={"scope": HELPED},
        create_defaults={
            "scope": HELPED,
            "evidence": "本人在网上邀请",
            "starts_at": now,
            "ends_at": now + timedelta(days=365),
        },
    )
    for purpose in ("records", "results"):
        _consent(boy, purpose, now, by=daughter)
    Delegation.objects.get_or_create(
        resident=boy,
        delegate=daughter,
        relation=Delegation.Relation.GUARDIAN,
        ended_at=None,
        defaults={
            "scope": EVERYTHING,
            "evidence": Guardianship.Evidence.HOUSEHOLD,
            "starts_at": now,
            "ends_at": terms.comes_of(boy.birth_date, terms.ADULT_AGE, now),
            "facility": facilities["TOWN1"],
        },
    )
    _waiting(made["su_xiaoyan"], facilities["TOWN1"], now)


def _waiting(guardian: Resident, place: Facility, now: datetime) -> None:
    if Guardianship.objects.filter(guardian=guardian).exists():
        return
    document = documents.read(WAITING_CHILD.id_number, timezone.localdate(now))
    Guardianship(
        guardian=guardian,
        kinship=Guardianship.Kinship.MOTHER,
        child_name=WAITING_CHILD.name,
        child_kind=document.kind,
        child_number=document.number,
        child_index=document.index,
        evidence_kind=Guardianship.Evidence.BIRTH_CERTIFICATE,
        consents=["results"],
        facility=place,
        at_counter=True,
        created_by=Account.objects.get(username="zhangqiantai").pk,
        created_at=now,
    ).save(force_insert=True)


def _consent(person: Resident, purpose: str, now: datetime, by: Resident | None = None) -> None:
    signer = Account.objects.get(resident=by or person)
    Consent.objects.get_or_create(
        resident=person, purpose=purpose, withdrawn_at=None, defaults={"given_at": now, "given_by": signer.pk}
    )
