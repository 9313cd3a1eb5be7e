"""Everybody who might ask for something of 贺兰芳's: who they are, what they may learn, and a browser of theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.test import Client

from foundation import clock
from foundation.keys import uuid7
from foundation.middleware import TOKEN
from foundation.rowsecurity import acting_as, seeing
from records.models import Condition, Observation
from residents import documents, openings
from residents.acting import ACTING
from residents.models import Account, CareGrant, Opening, PresenceCode
from residents.presence import hash_of
from tests import factories
from tests.architecture.world import World, world_of
from tests.people import HELANFANG_NUMBER, People

Enter = Callable[[Account], Client]

IDENTITY, BOOKING, RECORDS, RESULTS = "基", "约", "档", "果"
CODE = "ABCDEFGH23456789"
HERE = openings.Origin(address="127.0.0.1", reference="walk")


@dataclass(frozen=True)
class Scene:
    """Her world, and the words by which each kind of knowledge about her is recognised on a page."""

    world: World
    marks: dict[str, tuple[str, ...]]

    @property
    def people(self) -> People:
        return self.world.people


@dataclass(frozen=True)
class Browser:
    """A signed-in browser; `acting` is what its session is told before each request."""

    client: Client
    acting: dict[str, str | None] | None = None

    def arm(self) -> None:
        """As if the person had just chosen for whom they act."""
        if self.acting is not None:
            session = self.client.session
            if session.get(ACTING) != self.acting:  # most pages leave it as it was
                session[ACTING] = self.acting
                session.save()


@dataclass(frozen=True)
class Persona:
    """One column of the access table: what they may at most learn about her, and how they come."""

    key: str
    may_learn: frozenset[str]
    enter: Callable[[Scene, Enter], Browser]


def scene_of(people: People) -> Scene:
    """A report with a value, a diagnosis, a booking, a notice; each with words found nowhere else."""
    world = world_of(people)
    feed = factories.source(people.township)
    value = factories.observation(people.helanfang, feed)
    with acting_as("owner"):
        Observation.objects.update(name="甲乙项目")
    factories.report(people.helanfang, feed, title="丙丁报告", item_identifiers=[value.identifier])
    factories.made(Condition(name="戊己诊断", **factories._provenance(people.helanfang, feed, factories.NOON)))
    return Scene(
        world=world,
        marks={
            IDENTITY: (HELANFANG_NUMBER, "640***********0125", "199****0001"),
            BOOKING: (str(world.booking.pk),),
            RECORDS: ("戊己诊断",),
            RESULTS: ("甲乙项目", "丙丁报告", str(world.report.pk)),
        },
    )


def learned(scene: Scene, body: str) -> str:
    """Which kinds of knowledge about her a page gives away, as one word of single characters."""
    return "".join(kind for kind, words in scene.marks.items() if any(word in body for word in words))


def herself(scene: Scene, enter: Enter) -> Browser:
    return Browser(enter(scene.people.helanfang_account))


def stranger(scene: Scene, enter: Enter) -> Browser:
    return Browser(enter(scene.people.wangjianguo_account))


def nobody(scene: Scene, enter: Enter) -> Browser:
    return Browser(Client())


def delegate(*scope: str, expired: bool = False) -> Callable[[Scene, Enter], Browser]:
    """贺小雨, acting for her mother in some categories."""

    def come(scene: Scene, enter: Enter) -> Browser:
        people = scene.people
        ends = clock.now() + timedelta(days=-1 if expired else 30)
        factories.delegation(people.helanfang, people.hexiaoyu, *scope, ends_at=ends)
        return Browser(enter(people.hexiaoyu_account), {"resident": str(people.helanfang.pk), "opening": None})

    return come


def staff(who: str) -> Callable[[Scene, Enter], Browser]:
    """A staff member who has nobody opened."""
    return lambda scene, enter: Browser(enter(getattr(scene.people, who)))


def auditor(scene: Scene, enter: Enter) -> Browser:
    return Browser(enter(factories.staff("shenji", "审计员", scene.people.bureau, "auditor")))


def caring(who: str) -> Callable[[Scene, Enter], Browser]:
    """Staff of her health centre, who opened her for the visit she booked."""

    def come(scene: Scene, enter: Enter) -> Browser:
        people, client = scene.people, enter(getattr(scene.people, who))
        with acting_as("owner"):
            assert CareGrant.objects.filter(resident=people.helanfang, facility=people.township).exists()
        with seeing(client.session.get(TOKEN)), transaction.atomic():
            opened = openings.open_for_care(
                resident_id=people.helanfang.pk, facility_id=people.township.pk, reason="复诊", origin=HERE
            )
        return Browser(client, {"resident": str(people.helanfang.pk), "opening": str(opened)})

    return come


def emergency(scene: Scene, enter: Enter) -> Browser:
    """A clinician elsewhere, in an emergency."""
    people, client = scene.people, enter(scene.people.chenyisheng)
    document = documents.read(HELANFANG_NUMBER, clock.now().date())
    with seeing(client.session.get(TOKEN)), transaction.atomic():
        opened = openings.open_in_emergency(
            document=document, name="", born=None, facility_id=people.county.pk, reason="昏迷，急诊抢救", origin=HERE
        )
    return Browser(client, {"resident": str(people.helanfang.pk), "opening": str(opened)})


def helper(over: bool = False) -> Callable[[Scene, Enter], Browser]:
    """The village doctor, whom she showed her card: within the quarter of an hour, or after it."""

    def come(scene: Scene, enter: Enter) -> Browser:
        people, client, now = scene.people, enter(scene.people.licunyi), clock.now()
        dates = {"issued_at": now - timedelta(days=1), "expires_at": now + timedelta(days=1)}
        card = PresenceCode(resident=people.helanfang, kind="card", code_hash=hash_of(CODE), issued_by=uuid7(), **dates)
        factories.made(card)
        tasks = ["book", "cancel", "print", "explain"]
        with seeing(client.session.get(TOKEN)), transaction.atomic():
            opened = openings.open_assisted(code=CODE, facility_id=people.township.pk, tasks=tasks, origin=HERE)
        if over:
            with acting_as("owner"):
                Opening.objects.filter(pk=opened).update(closes_at=now - timedelta(seconds=1))
        return Browser(client, {"resident": str(people.helanfang.pk), "opening": str(opened)})

    return come


ALL = frozenset({IDENTITY, BOOKING, RECORDS, RESULTS})
NONE: frozenset[str] = frozenset()
PERSONAS = (
    Persona("owner", ALL, herself),
    Persona("booking", frozenset({IDENTITY, BOOKING}), delegate("booking")),
    Persona("results", frozenset({IDENTITY, RESULTS}), delegate("results")),
    Persona("records", frozenset({IDENTITY, RECORDS}), delegate("records")),
    Persona("notices", frozenset({IDENTITY}), delegate("notices")),
    Persona("expired", NONE, delegate("booking", "results", "records", expired=True)),
    Persona("assisted", ALL - {IDENTITY}, helper()),
    Persona("after", NONE, helper(over=True)),
    Persona("reception", frozenset({BOOKING}), caring("zhangqiantai")),
    Persona("clinician", ALL - {IDENTITY}, caring("licunyi")),
    Persona("elsewhere", NONE, staff("chenyisheng")),
    Persona("emergency", frozenset({RECORDS, RESULTS}), emergency),
    Persona("auditor", NONE, auditor),
    Persona("stranger", NONE, stranger),
    Persona("nobody", NONE, nobody),
)
