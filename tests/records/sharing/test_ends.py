"""How a share ends, and what the database refuses."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.rowsecurity import acting_as
from records.models import Report, SharedReport, ShareLink, ShareOpening
from records.sharing.secrets import Secrets
from residents.models import Account, Consent
from tests import factories
from tests.people import People
from tests.records import shares
from tests.sessions import session_of

SignIn = Callable[[Account], Client]


# --- it ends ----------------------------------------------------------------------------------------------------------


def test_revoked_while_it_is_open_the_next_look_shows_nothing(
    hers: Client, share: ShareLink, known: Secrets, doctor: Client
) -> None:
    shares.typed(doctor, known)
    assert "血常规甲" in shares.read(doctor)
    hers.post(reverse("records:share_revoke", args=[share.pk]))
    assert doctor.get(reverse("records:shared_open")).status_code == 403
    assert "已由本人撤销" in shares.typed(Client(), known).content.decode()


def test_an_expired_share_says_so_and_how_to_get_another(share: ShareLink, known: Secrets, doctor: Client) -> None:
    shares.typed(doctor, known)
    shares.changed(
        share, created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert doctor.get(reverse("records:shared_open")).status_code == 403
    text = shares.typed(Client(), known).content.decode()
    assert "已经过期" in text and "重新生成" in text


def test_without_her_consent_to_results_nothing_opens(people: People, known: Secrets, doctor: Client) -> None:
    shares.typed(doctor, known)
    with acting_as("owner"):
        Consent.objects.filter(resident=people.helanfang, purpose="results").update(
            withdrawn_at=timezone.now(), withdrawn_by=people.helanfang_account.pk
        )
    assert doctor.get(reverse("records:shared_open")).status_code == 403


def test_a_stranger_cannot_end_it(people: People, signed_in: SignIn, share: ShareLink) -> None:
    client = signed_in(people.wangjianguo_account)
    assert client.post(reverse("records:share_revoke", args=[share.pk])).status_code == 404


# --- the database says no ---------------------------------------------------------------------------------------------

REFUSED: dict[str, dict[str, Any]] = {
    "share_ends_after_it_starts": {"expires_at": timezone.now() - timedelta(days=9)},
    "share_failures_stay_within": {"failures": 6},
    "share_with_a_code_has_a_pin": {"pin_hash": None},
    "share_revoked_by_somebody": {"revoked_at": timezone.now()},
}


@pytest.mark.parametrize(("name", "fields"), REFUSED.items(), ids=REFUSED)
def test_the_database_refuses_a_share_that_cannot_be(share: ShareLink, name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name):
        shares.changed(share, **fields)


def test_the_database_knows_a_form_sent_twice(people: People, report: Report, share: ShareLink) -> None:
    with pytest.raises(IntegrityError):
        shares.share(people.helanfang, people.helanfang_account, [])


def test_the_database_takes_a_report_into_a_share_once(share: ShareLink, report: Report) -> None:
    with pytest.raises(IntegrityError, match="a_report_is_shared_once"):
        factories.made(SharedReport(resident_id=share.resident_id, share=share, report=report, number=2))


def test_a_stranger_sees_no_share_of_hers(people: People, signed_in: SignIn, share: ShareLink) -> None:
    shares.opening(share)
    with session_of(signed_in(people.wangjianguo_account)):
        found = [model.objects.count() for model in (ShareLink, SharedReport, ShareOpening)]
    assert found == [0, 0, 0]
