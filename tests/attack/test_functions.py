"""Every function of the database that runs with its owner's rights, called by each login with what is a stranger's.

The list comes from the database: a function without a line here fails.
"""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from foundation.middleware import TOKEN
from foundation.rowsecurity import seeing
from residents import documents
from residents.models import Account
from tests import factories
from tests.attack.scene import NAME, Scene, marks_in, say
from tests.attack.test_sql import LOGINS, cursor_of
from tests.people import HELANFANG_NUMBER

Enter = Callable[[Account], Client]
CARD, ORIGIN, BORN = "'resident_id_card'", "NULL, ''", "date '1957-02-13'"
HASH, SOON, DAY = "sha256('x')", "app.clock() + interval '1 hour'", "app.clock() - interval '1 day'"
STAFF = "ARRAY['reception', 'clinician', 'village_doctor', 'public_health', 'manager', 'administrator']"

# Function -> its arguments, as an attacker fills them who knows her keys, her number and her birth date.
CALLS = {
    "accept_delegation": f"{HASH}, {BORN}, {ORIGIN}",
    "account": "",
    "agree_to_guardian": f"%(tie)s, ARRAY['records'], {ORIGIN}",
    "approve_guardianship": f"%(key)s, %(number)s, 'x', 'x', {BORN}, %(key)s, %(indexes)s, 'x', {ORIGIN}",
    "at_counter": "",
    "witness_activation": f"%(her)s, {ORIGIN}",
    "attend_activity": "%(key)s, %(her)s",
    "audit_person": f"{CARD}, %(indexes)s, '投诉核查', {ORIGIN}",
    "cared_for": "",
    "catchment": STAFF,
    "arrive": "%(booking)s, '', 'priority'",
    "board": "'x'",
    "cancel_at_desk": "%(booking)s, 'x'",
    "claim_place": "%(key)s, %(key)s",
    "decline_offer": "%(key)s",
    "my_waiting": "%(her)s",
    "place_in_queue": "%(key)s",
    "point_of": "'x', 'poster'",
    "stop_clinic": f"%(session)s, 'x', {ORIGIN}",
    "suspended_until": "%(her)s, %(place)s",
    "channel_of": "%(her)s, date '2026-11-23'",
    "check_issued": f"{HASH}, {HASH}",
    "claimed_bookings": "%(her)s",
    "claimed_signups": "%(her)s",
    "claims_on": "%(her)s",
    "close_opening": "%(key)s",
    "close_own_account": ORIGIN,
    "concerns": "%(her)s",
    "counter_facts": "%(her)s",
    "create_at_counter": f"%(place)s, %(key)s, 'x', 'x', '2', {BORN}, %(key)s, {CARD}, 'x', %(indexes)s",
    "decide_approval": "%(key)s, true, 'x'",
    "decide_death": f"%(key)s, true, {ORIGIN}",
    "end_delegation": f"%(tie)s, {ORIGIN}",
    "export_people": "%(key)s",
    "facilities_for": STAFF,
    "family_of": "%(her)s",
    "finish_approval": "%(key)s, %(her)s",
    "give_feedback": "%(key)s, 'unclear', '', %(name)s",
    "has_proved": "",
    "has_role": STAFF,
    "has_role_at_bureau": STAFF,
    "invite_delegate": f"ARRAY['records', 'results'], 12, {HASH}, NULL, {ORIGIN}",
    "is_own_card": HASH,
    "kept_at_bureau": "",
    "is_proved_for": "'records'",
    "keep_pushed": f"{HASH}, %(key)s, {HASH}, 1, ARRAY[%(key)s]::uuid[], ARRAY[{HASH}]",
    "picture_source": "%(key)s",
    "picture_secrets": "%(key)s",
    "push_source": HASH,
    "issue_activation": f"%(her)s, 3, {HASH}, {SOON}, {ORIGIN}",
    "issue_card": f"%(her)s, %(place)s, {HASH}, {SOON}",
    "keep_helping": f"%(tie)s, ARRAY['records'], 12, NULL, {ORIGIN}",
    "kept_from_helper": "'records'",
    "listed_by_document": f"{CARD}, %(indexes)s",
    "may_apply_as_guardian": "",
    "may_appoint_reviewers": "",
    "may_consent_for": "",
    "may_decide": "%(key)s",
    "message_figures": DAY,
    "message_troubles": DAY,
    "must_wait": "'assist'",
    "open_assisted": f"{HASH}, %(place)s, ARRAY['book', 'print', 'explain'], {ORIGIN}",
    "open_by_document": f"{CARD}, %(index)s, %(place)s, {ORIGIN}",
    "open_in_emergency": f"{CARD}, %(indexes)s, %(name)s, {BORN}, %(place)s, '车祸昏迷急救', {ORIGIN}",
    "open_person": f"%(her)s, %(place)s, 'care', 'x', {ORIGIN}",
    "opened": "",
    "own_level": "",
    "own_name": "",
    "own_resident": "",
    "proved_recently": "",
    "awaited_items": "",
    "awaited_reports": "",
    "my_awaited": "",
    "page_stamp": "%(her)s",
    "see_awaited": "%(key)s",
    "read_awaited": f"%(key)s, {ORIGIN}",
    "comment_awaited": f"%(key)s, 'x', {ORIGIN}",
    "held_items": "",
    "hold_person_and_slots": "%(her)s, ARRAY[%(key)s]::uuid[]",
    "held_reports": "",
    "pending_reports": "%(her)s",
    "vanished_news": "",
    "read_critical": f"%(key)s, {ORIGIN}",
    "read_follow_through": f"%(key)s, {ORIGIN}",
    "settle_follow_through": f"%(key)s, 'contacted', '', 0, {ORIGIN}",
    "settle_critical": f"%(key)s, 'told', 'self', 'known', 0, {ORIGIN}",
    "table_samples": "%(key)s, 1000000",
    "take_table_sample": f"%(key)s, 1000000, {ORIGIN}",
    "ask_error_sheet": f"%(key)s, {ORIGIN}",
    "take_error_sheet": f"%(key)s, {ORIGIN}",
    "read_identity": f"%(key)s, {ORIGIN}",
    "find_recallable": f"'r1', {ORIGIN}",
    "start_recall": f"%(key)s, 'DiagnosticReport', 'r1', 'staff', false, 'xx', NULL, {ORIGIN}",
    "name_right_person": f"%(key)s, {CARD}, %(indexes)s, %(name)s, {ORIGIN}",
    "take_suggested_person": f"%(key)s, {ORIGIN}",
    "decide_recall": f"%(key)s, 'withdraw', 'xx', 0, {ORIGIN}",
    "write_recall_report": f"%(key)s, 'xx', 'xx', true, {ORIGIN}",
    "read_recall": f"%(key)s, {ORIGIN}",
    "recall_figures": "%(key)s",
    "recall_sightings": f"%(key)s, {ORIGIN}",
    "my_recalls": "%(her)s",
    "senders": "ARRAY[%(key)s]::uuid[]",
    "settle_identity": f"%(key)s, 'same', 'x', 0, {ORIGIN}",
    "read_guardianship": f"%(key)s, %(number)s, %(indexes)s, {ORIGIN}",
    "refuse_guardianship": f"%(key)s, 'x', {ORIGIN}",
    "rename_at_counter": f"%(her)s, 'x', 'x', {ORIGIN}",
    "report_death": f"{CARD}, %(indexes)s, %(place)s, date '2026-01-01', 'x', {ORIGIN}",
    "residents_for": "'results'",
    "may_share_now": "%(her)s",
    "may_take_now": "%(her)s, true, true",
    "parcel_link": "",
    "parcel_stands": "%(key)s",
    "take_parcel": ORIGIN,
    "taken_pieces": "",
    "may_record_for": "%(her)s",
    "health_links_of": "%(her)s",
    "open_health_link": f"ARRAY[{HASH}], %(key)s, ARRAY[{HASH}], {HASH}, '', NULL, {ORIGIN}",
    "take_health_link_file": f"{HASH}, {ORIGIN}",
    "share_at": f"'recognition', ARRAY[{HASH}]",
    "try_share": f"%(key)s, ARRAY[{HASH}], {HASH}, '', {ORIGIN}",
    "read_share": f"'records.read_share', NULL, {ORIGIN}",
    "shared_states": "",
    "shared_reports": "",
    "shared_observations": "",
    "shared_original": "%(key)s, 1",
    "shared_documents": "",
    "shared_report_ids": "",
    "close_share": "",
    "connect_program": f"%(key)s, 'x:/y', ARRAY['patient/Patient.rs'], repeat('c', 43), {HASH}, {ORIGIN}",
    "connected_patient": "",
    "end_connection": f"%(key)s, {ORIGIN}",
    "give_program_tokens": f"%(key)s, %(key)s, '', '', ARRAY['patient/Patient.rs'], {HASH}, {HASH}",
    "program_reads": f"'records.program_read_patient', ARRAY['Patient.r'], '', '', {ORIGIN}",
    "program_secret_fits": f"%(key)s, {HASH}",
    "program_token": f"%(key)s, {HASH}, 'code'",
    "revoke_program_token": f"%(key)s, {HASH}, {ORIGIN}",
    "set_program_secret": f"%(key)s, {HASH}",
    "role_approved": "%(key)s, %(place)s, 'clinician'",
    "note_failed_search": "'x'",
    "search_revisions": "'a'::tsquery, 'a'::tsquery, 100",
    "settle_claimed_booking": "%(her)s, %(booking)s, false",
    "settle_claimed_signup": "%(her)s, %(key)s, true",
    "show_invitation": f"{HASH}, {BORN}, {ORIGIN}",
    "source_freshness": "",
    "facility_freshness": "10",
    "spoken_to_phone": f"{CARD}, %(indexes)s, %(place)s, {HASH}, {SOON}, {SOON}, {ORIGIN}",
    "take_number_over": f"%(her)s, {ORIGIN}",
    "undo_merge": f"%(key)s, 'x', {ORIGIN}",
    "undo_death": f"%(her)s, {ORIGIN}",
    "waiting_deaths": "",
    "withdraw_guardianship": f"%(key)s, {ORIGIN}",
    "withdraw_invitation": f"%(key)s, {ORIGIN}",
    "workplaces": STAFF,
}
SIGHT = ["residents_resident WHERE id", "records_report WHERE resident_id", "appointments_booking WHERE resident_id"]


def granted(login: str) -> set[str]:
    """The functions with their owner's rights that a login may call, as the database has it."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'app'::regnamespace AND prosecdef"
            " AND has_function_privilege(%s, oid, 'EXECUTE') AND prorettype <> 'trigger'::regtype",
            [login],
        )
        return {row[0] for row in cursor.fetchall()}


def hers(scene: Scene) -> dict[str, Any]:
    """Whatever of hers an attacker may have learned."""
    document = documents.read(HELANFANG_NUMBER, factories.NOON.date())
    tie = factories.delegation(scene.people.helanfang, scene.people.hexiaoyu, "records", "results")
    index = bytes(document.index)
    return {
        "her": scene.people.helanfang.pk,
        "place": scene.people.township.pk,
        "booking": scene.booking.pk,
        "session": scene.booking.session_id,
        "key": scene.report.pk,
        "tie": tie.pk,
        "index": index,
        "indexes": [index],
        "number": HELANFANG_NUMBER,
        "name": NAME,
    }


def call(cursor: Any, name: str, known: dict[str, Any]) -> tuple[str, str, int]:
    """One call, undone at once: what it answered, how it was refused, and how much of her could be seen after it."""
    shown, refused, seen = "", "", 0
    alias = cursor.db.alias
    with transaction.atomic(using=alias):
        try:
            with transaction.atomic(using=alias):
                cursor.execute(f"SELECT t::text FROM app.{name}({CALLS[name]}) t", known)
                shown = "\n".join(str(row[0]) for row in cursor.fetchall())
        except (DatabaseError, psycopg.Error) as refusal:
            refused = str(refusal)
        if cursor.db.alias == "default":
            for rows in SIGHT:
                cursor.execute(f"SELECT count(*) FROM {rows} = %(her)s", known)
                seen += cursor.fetchone()[0]
        transaction.set_rollback(True, using=alias)
    return shown, refused, seen


def test_each_function_has_a_line(db: None) -> None:
    assert granted("portal_web") == set(CALLS)


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_no_function_gives_a_stranger_sight(
    who: str, scene: Scene, signed_in: Enter, capsys: pytest.CaptureFixture[Any]
) -> None:
    known, told = hers(scene), {}
    with cursor_of(who, scene.people, signed_in) as cursor:
        for name in sorted(CALLS):
            shown, refused, seen = call(cursor, name, known)
            found = [*marks_in(shown + refused), *[key for key in (str(known["her"]),) if key in shown + refused]]
            if found or seen or "does not exist" in refused:
                told[name] = [*found, seen, refused]
    say(capsys, f"{who}: {len(CALLS)} functions, {len(told)} told something")
    assert told == {}


@pytest.mark.parametrize("who", ["signin", "worker"])
def test_another_login_calls_only_what_is_its_own(who: str, scene: Scene, signed_in: Enter) -> None:
    known, ran = hers(scene), []
    with cursor_of(who, scene.people, signed_in) as cursor:
        for name in sorted(set(CALLS) - granted(f"portal_{LOGINS[who]}")):
            _, refused, _ = call(cursor, name, known)
            if "permission denied" not in refused:
                ran.append((name, refused))
    assert ran == []


def test_the_other_logins_share_one_function_with_the_web(db: None) -> None:
    shared = {login: granted(f"portal_{login}") & set(CALLS) for login in ("signin", "worker")}
    assert shared == {"signin": set(), "worker": {"search_revisions"}}


def test_the_control_a_clinician_opens_her_by_the_same_call(scene: Scene, signed_in: Enter) -> None:
    token = signed_in(scene.people.licunyi).session.get(TOKEN)
    with seeing(token), transaction.atomic(), connections["default"].cursor() as cursor:
        shown, refused, seen = call(cursor, "open_person", hers(scene))
    assert (bool(shown), refused, seen) == (True, "", 3)
