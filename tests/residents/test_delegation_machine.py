"""Whatever is granted, revoked, expired or outgrown, in whatever order: nobody reads what no live grant allows.

After each step every session is compared, person by person and category by category, with a model of the rules, both
what `app.residents_for` answers and what SELECTs under row-level security bring back. HYPOTHESIS_PROFILE=long (used by
`make attack`) runs many more sequences.
"""

import os
import secrets
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import DatabaseError, connections
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from facilities.models import Membership
from foundation.crypto import digest
from foundation.rowsecurity import acting_as
from residents.models import Account, Consent, Delegation, Resident, Verification
from tests import factories
from tests.factories import NOON, SHANGHAI, made
from tests.residents.rights_model import CATEGORIES, CLINICAL, HELPERS, Grant, Login, Model, Person
from tests.residents.rights_world import World, ask, read, set_clock

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
PROFILE = settings(
    max_examples=60 if LONG else 4,
    stateful_step_count=60 if LONG else 20,
    phases=tuple(Phase) if LONG else (Phase.generate,),  # shrinking takes minutes: the long profile does it
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PERSONS, LOGINS, STAFF = st.integers(0, 5), st.integers(0, 4), st.integers(5, 7)
SCOPES = st.sets(st.sampled_from(["booking", "records", "results", "notices"]), min_size=1)
HEALTH = st.sets(st.sampled_from(["records", "results"]))
STEPS = [
    timedelta(minutes=1),
    timedelta(minutes=14, seconds=59),
    timedelta(minutes=20),
    timedelta(days=1),
    timedelta(days=9),
    timedelta(days=45),
    timedelta(days=366),
]


class Family(RuleBasedStateMachine):
    """Residents, relatives, guardians, staff and time."""

    @initialize()
    def begin(self) -> None:
        set_clock(NOON)
        self.world = World()
        self.model = Model(NOON, logins=self.world.logins)
        self.codes: list[tuple[str, Person, frozenset[str], int, Any]] = []
        for child in (3, 4):
            self.guard(1, child, {"booking", "records", "results", "notices"})

    @property
    def people(self) -> list[Person]:
        return self.world.people

    @rule(holder=PERSONS, about=st.sampled_from([3, 4]), scope=SCOPES)
    def guard(self, holder: int, about: int, scope: set[str]) -> None:
        """Staff approved a guardian."""
        ward, guardian = self.people[about], self.people[holder]
        ends = min(self.model.now + timedelta(days=5000), _of_age(ward))
        taken = any(g.guardian and not g.ended and (g.about, g.holder) == (ward, guardian) for g in self.model.grants)
        if ward is guardian or taken or ends <= self.model.now:
            return
        row = Delegation(
            resident_id=ward.id, delegate_id=guardian.id, relation="guardian", scope=sorted(scope),
            starts_at=self.model.now, ends_at=self.model.now + timedelta(days=5000),
        )  # fmt: skip
        made(row)
        grant = Grant(row.pk, ward, guardian, True, frozenset(scope), self.model.now, ends)
        self.model.grants.append(grant)

    @rule(who=LOGINS, scope=SCOPES, months=st.sampled_from([1, 3, 36]))
    def invite(self, who: int, scope: set[str], months: int) -> None:
        login, code = self.model.logins[who], secrets.token_hex(8)
        person = login.person
        assert person is not None
        done = self._done(
            login, "SELECT app.invite_delegate(%s, %s, %s, NULL, NULL, '')", sorted(scope), months, digest(code)
        )
        grown = self.model.now >= _of_age(person)
        waiting = sum(c[1] is person and c[4] > self.model.now for c in self.codes)
        helpers = sum(not g.guardian and g.about is person and not g.ended and g.ends > self.model.now
                      for g in self.model.grants)  # fmt: skip
        allowed = login.active and login.level >= 2 and grown and not person.dead and waiting + helpers < 8
        assert bool(done) == allowed
        if done:
            person.consents.add("delegates")
            self.codes.append((code, person, frozenset(scope), months, self.model.now + timedelta(days=3)))

    @precondition(lambda self: self.codes)
    @rule(who=LOGINS, data=st.data(), right=st.booleans())
    def accept(self, who: int, data: st.DataObject, right: bool) -> None:
        login, chosen = self.model.logins[who], data.draw(st.integers(0, len(self.codes) - 1))
        code, about, scope, months, until = self.codes[chosen]
        birth = about.birth if right else about.birth - timedelta(days=1)
        asked = "SELECT app.accept_delegation(%s, %s, NULL, '')"
        done = self._done(login, asked, digest(code), birth)
        if done is None:
            return
        assert right and login.active and login.level >= 2 and login.person is not about and self.model.now < until
        assert not about.dead and login.person is not None
        self.codes.pop(chosen)
        self._supersede(about, login.person)
        starts, ends = self._dates(done)
        assert starts == self.model.now and ends <= starts + timedelta(days=31 * months)
        self.model.grants.append(Grant(done, about, login.person, False, scope, starts, ends))

    @precondition(lambda self: self.model.grants)
    @rule(who=LOGINS, data=st.data(), own=st.booleans())
    def end(self, who: int, data: st.DataObject, own: bool) -> None:
        login = self.model.logins[who]
        mine = [grant for grant in self.model.grants if login.person in (grant.holder, grant.about)]
        grant = data.draw(st.sampled_from(mine if own and mine else self.model.grants))
        done = self._done(login, "SELECT app.end_delegation(%s, NULL, '')", grant.id)
        theirs = login.person is grant.holder or (login.person is grant.about and not grant.guardian)
        assert bool(done) == (login.active and theirs and not grant.ended)
        if done:
            self.model.end(grant)

    @precondition(lambda self: any(g.guardian for g in self.model.grants))
    @rule(who=LOGINS, data=st.data(), scope=HEALTH)
    def agree(self, who: int, data: st.DataObject, scope: set[str]) -> None:
        """Somebody, perhaps the ward, says what the guardian goes on seeing."""
        grant = data.draw(st.sampled_from([g for g in self.model.grants if g.guardian]))
        login = self.model.logins[who]
        done = self._done(login, "SELECT app.agree_to_guardian(%s, %s, NULL, '')", grant.id, sorted(scope))
        if done:
            assert login.person is grant.about and not grant.ended
            grant.agreed = frozenset(scope)

    @precondition(lambda self: any(g.guardian for g in self.model.grants))
    @rule(who=LOGINS, data=st.data(), scope=SCOPES)
    def keep(self, who: int, data: st.DataObject, scope: set[str]) -> None:
        """A ward agrees beforehand to what begins at 18."""
        grant = data.draw(st.sampled_from([g for g in self.model.grants if g.guardian]))
        login = self.model.logins[who]
        done = self._done(login, "SELECT app.keep_helping(%s, %s, 12, NULL, NULL, '')", grant.id, sorted(scope))
        if not done:
            return
        assert login.person is grant.about and not grant.ended
        self._supersede(grant.about, grant.holder)
        grant.about.consents.add("delegates")
        starts, ends = self._dates(done)
        assert starts == _of_age(grant.about)
        self.model.grants.append(Grant(done, grant.about, grant.holder, False, frozenset(scope), starts, ends))

    @rule(who=PERSONS, purpose=st.sampled_from(["records", "results", "delegates"]))
    def change_consent(self, who: int, purpose: str) -> None:
        person = self.people[who]
        if purpose not in person.consents:
            factories.consent(Resident(pk=person.id), purpose, given_at=self.model.now)
            person.consents.add(purpose)
            return
        with acting_as("owner"):
            live = Consent.objects.filter(resident_id=person.id, purpose=purpose, withdrawn_at=None)
            live.update(withdrawn_at=self.model.now, withdrawn_by=person.id)
        person.consents.discard(purpose)
        for grant in self.model.grants:
            if purpose == "delegates" and grant.about is person and not grant.guardian:
                self.model.end(grant)

    @rule(who=LOGINS, level=st.sampled_from([0, 1, 2, 3]))
    def change_proof(self, who: int, level: int) -> None:
        login = self.model.logins[who]
        with acting_as("owner"):
            Verification.objects.filter(account_id=login.account).update(revoked_at=self.model.now)
        if level:
            row = Verification(account_id=login.account, level=level, method="counter", verified_at=self.model.now)
            made(row)
        login.level = level

    @rule(who=st.integers(0, 7))
    def switch_account(self, who: int) -> None:
        login = self.model.logins[who]
        login.active = not login.active
        with acting_as("owner"):
            Account.objects.filter(pk=login.account).update(is_active=login.active)

    @rule(who=STAFF, role=st.sampled_from(["", "village_doctor", "clinician", "reception", "manager", "editor"]))
    def change_role(self, who: int, role: str) -> None:
        login = self.model.logins[who]
        with acting_as("owner"):
            Membership.objects.filter(account_id=login.account).delete()
        if role:
            row = Membership(account_id=login.account, account_name="x", facility_id=login.place, role=role,
                             starts_at=NOON)  # fmt: skip
            made(row)
        login.role = role

    @rule(who=STAFF, about=PERSONS)
    def care(self, who: int, about: int) -> None:
        login, person = self.model.logins[who], self.people[about]
        done = self._done(
            login, "SELECT app.open_person(%s, %s, 'care', '本次就诊查看病史', NULL, '')", person.id, login.place
        )
        at_home = person.at_home and login.place == self.world.place.pk
        assert bool(done) == (login.active and login.role in HELPERS and at_home)
        if done:
            self.model.open(done, login, person, "care", {"identity", "booking", "records", "results"})

    @rule(who=STAFF, about=PERSONS)
    def rush(self, who: int, about: int) -> None:
        """An emergency; whoever named somebody in vain too often waits, so that a refusal is no fault."""
        login, person = self.model.logins[who], self.people[about]
        asked = "SELECT app.open_in_emergency('resident_id_card', %s, '', NULL, %s, '抢救时需要了解病史', NULL, '')"
        done = self._done(login, asked, [self.world.numbers[person.id]], login.place)
        if done:
            assert login.active and login.role in CLINICAL and not person.dead
            self.model.open(done, login, person, "emergency", {"identity", "records", "results"})

    @rule(who=STAFF, about=PERSONS, doing=st.sets(st.sampled_from(["book", "cancel", "print", "explain"]), min_size=1))
    def assist(self, who: int, about: int, doing: set[str]) -> None:
        login, person = self.model.logins[who], self.people[about]
        asked = "SELECT app.open_assisted(%s, %s, %s, NULL, '')"
        done = self._done(login, asked, self.world.cards[person.id], login.place, sorted(doing))
        allowed = login.active and login.role in HELPERS and not person.dead
        # Whoever was refused too often waits: a refusal is no fault once somebody has died.
        assert bool(done) == allowed or (not done and self.people[2].dead)
        if done:
            scope = {"identity"}
            scope |= {"booking"} if doing & {"book", "cancel"} else set()
            scope |= {"results"} if doing & {"print", "explain"} else set()
            scope |= {"records"} if "explain" in doing else set()
            self.model.open(done, login, person, "assisted", scope)

    @precondition(lambda self: self.model.openings)
    @rule(who=STAFF, data=st.data())
    def close(self, who: int, data: st.DataObject) -> None:
        login, one = self.model.logins[who], data.draw(st.sampled_from(self.model.openings))
        if self._done(login, "SELECT app.close_opening(%s)", one.id):
            assert one.login is login
            one.closed = True

    @rule(who=PERSONS)
    def die(self, who: int) -> None:
        person = self.people[who]
        if who == 2:  # one is enough
            person.dead = True
            with acting_as("owner"):
                Resident.objects.filter(pk=person.id).update(deceased_on=self.model.now.date())

    @rule(step=st.sampled_from(STEPS))
    def wait(self, step: timedelta) -> None:
        self.model.now += step
        set_clock(self.model.now)

    @rule(about=st.sampled_from([3, 4]), years=st.sampled_from([14, 18]), minutes=st.sampled_from([-1, 0]))
    def wait_for_a_birthday(self, about: int, years: int, minutes: int) -> None:
        from tests.residents.families import turns

        moment = turns(self.people[about].birth, years) + timedelta(minutes=minutes)
        if moment > self.model.now:
            self.model.now = moment.astimezone(SHANGHAI)
            set_clock(self.model.now)

    @invariant()
    def nobody_reads_what_no_live_grant_allows(self) -> None:
        if not hasattr(self, "model"):
            return
        for login in self.model.logins:
            found = read(login)
            allowed = {
                category: {person.id for person in self.people if self.model.may(login, person, category)}
                for category in CATEGORIES
            }
            assert {category: found[category] for category in CATEGORIES} == allowed, login.role or "resident"
            _rows_agree(login, found, allowed)

    def _done(self, login: Login, statement: str, *values: Any) -> Any:
        try:
            return ask(login, statement, *values)
        except DatabaseError as error:
            if getattr(getattr(error.__cause__, "diag", None), "sqlstate", None) != "RHF01":
                raise
            return None

    def _supersede(self, about: Person, holder: Person) -> None:
        for grant in self.model.grants:
            if not grant.guardian and (grant.about, grant.holder) == (about, holder):
                self.model.end(grant)

    def _dates(self, key: Any) -> tuple[Any, Any]:
        with acting_as("owner"):
            row = Delegation.objects.get(pk=key)
        return row.starts_at, row.ends_at


def _rows_agree(login: Login, found: dict[str, set[Any]], allowed: dict[str, set[Any]]) -> None:
    """What SELECTs bring back is exactly what the categories say; level 5 is nobody's but one's own."""
    assert found["report"] == allowed["results"]
    assert found["observation"] == allowed["results"]
    assert found["encounter"] == allowed["records"]
    assert found["booking"] == allowed["booking"]
    if login.person:  # staff also see the names of their catchment
        assert found["resident"] == allowed["identity"]
    own = {login.person.id} if login.person else set()
    assert found["special"] <= own & allowed["results"]
    helped = allowed["identity"] - own
    if login.person:
        assert found["notice"] & helped <= allowed["notices"]


def _of_age(person: Person) -> Any:
    from tests.residents.families import turns

    return turns(person.birth, 18)


@pytest.fixture
def clock_put_back(db: None) -> Any:
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION app.clock() RETURNS timestamptz LANGUAGE sql STABLE"
            " SET search_path = pg_catalog AS $$ SELECT now() $$"
        )


def test_nobody_ever_reads_what_no_live_grant_allows(clock_put_back: None) -> None:
    run_state_machine_as_test(Family, settings=PROFILE)
