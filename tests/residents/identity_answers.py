"""Every question at the door, asked about somebody known and about nobody, for the tests that compare the answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from residents.models import ActivationCode, Identifier
from residents.registration.codes import slip_index
from tests import factories
from tests.factories import PASSWORD, id_number, made
from tests.people import People
from tests.residents.door import KNOWN, UNKNOWN, ask_code, by_password, code_sent, give_code
from tests.residents.registering import ask, finish

Prepare = Callable[[str], Client]
Send = Callable[[Client, str], HttpResponse]

BASIC = "known without an account"
CLAIMED = "claimed by somebody"
_phone = count(19_800_000_000)


@dataclass(frozen=True)
class Question:
    """One request whose answer must not tell: what comes before it, and the request itself."""

    name: str
    prepare: Prepare
    send: Send


def fresh(number: str) -> Client:
    """A browser nobody has seen."""
    cache.clear()  # counters of a question asked before would show in the statements
    return Client()


def asked_for_a_code(number: str) -> Client:
    client = fresh(number)
    ask_code(client, number)
    return client


def registering(number: str) -> Client:
    client = fresh(number)
    ask(client, number, "赵新民", str(next(_phone)))
    return client


def signed_in(number: str) -> Client:
    """The same person inside, whatever number they will type."""
    client = fresh(number)
    by_password(client, KNOWN)
    return client


QUESTIONS = [
    Question("password", fresh, lambda client, number: by_password(client, number, "wrong-lantern-11")),
    Question("code request", fresh, ask_code),
    Question("code confirm", asked_for_a_code, lambda client, number: give_code(client, "000000")),
    Question("registration", fresh, lambda client, number: ask(client, number, "赵新民", str(next(_phone)))),
    Question("registration code", registering, lambda client, number: finish(client, "000000")),
    Question("registration end", registering, lambda client, number: finish(client, code_sent(), PASSWORD)),
    Question(
        "activation",
        fresh,
        lambda client, number: client.post(reverse("account_activate"), {"number": number, "code": "AAAAAAAA"}),
    ),
]
PHONE_CHANGE = Question(
    "phone change", signed_in, lambda client, phone: client.post(reverse("residents:phone"), {"phone": phone})
)


def numbers(people: People) -> dict[str, str]:
    """Somebody with an account, somebody without, a claimed number, and nobody's."""
    factories.resident("钱来顺", id_number(sequence=851))
    claimant = factories.resident("冒名者", id_number(sequence=852), provisional=True)
    Identifier.objects.using("owner").filter(resident=claimant).update(claimed=True)
    factories.account(claimant, level=1, phone="19900000077")
    waiting = factories.resident("李等码", id_number(sequence=853))
    made(
        ActivationCode(
            resident=waiting,
            facility=people.township,
            level=3,
            code_hash=bytes(slip_index("ACDEFGH3")),
            issued_by=people.zhangqiantai.pk,
            issued_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=7),
        )
    )
    return {
        "known": KNOWN,
        "known without an account": id_number(sequence=851),
        "claimed": id_number(sequence=852),
        "with a slip": id_number(sequence=853),
        "nobody": UNKNOWN,
    }
