"""Each address of the portal, and what its owner, a stranger and somebody signed out get. Walked by test_urls.py.

200 a page, 302 to somewhere else (for the signed-out: to a sign-in page), 404 nothing to see, 405 not this way.
An address without a row fails the build.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.architecture.world import World

Arguments = Callable[[World], list[Any]]


def nothing(world: World) -> list[Any]:
    return []


@dataclass(frozen=True)
class Row:
    """Expected answers: owner, stranger, signed out; to GET unless a POST with `data` is what the address is for."""

    owner: int
    stranger: int
    nobody: int
    arguments: Arguments = nothing
    post: bool = False
    data: dict[str, str] = field(default_factory=dict)


def public(arguments: Arguments = nothing) -> Row:
    """The same page for everybody."""
    return Row(200, 200, 200, arguments)


def personal(arguments: Arguments = nothing) -> Row:
    """A page about whoever is signed in."""
    return Row(200, 200, 302, arguments)


def private(arguments: Arguments, owner: int = 200) -> Row:
    """One person's object: for a stranger it does not exist."""
    return Row(owner, 404, 302, arguments)


def answered(arguments: Arguments = nothing, stranger: int = 200) -> Row:
    """An answer of the interface: whoever is signed out is told so, in JSON."""
    return Row(200, stranger, 401, arguments)


def staff(arguments: Arguments = nothing) -> Row:
    """A page of the staff site: no resident finds it."""
    return Row(404, 404, 302, arguments)


def some_key(world: World) -> list[Any]:
    return [world.report.pk]


TABLE: dict[str, Row] = {
    "home": public(),
    "alive": public(),
    "service_worker": public(),
    "push": Row(401, 401, 401, post=True),
    "sms_replies": Row(404, 404, 404, post=True),  # no provider has a secret here
    "set_language": Row(302, 302, 302, post=True, data={"language": "en"}),
    # The door.
    "account_login": Row(302, 302, 200),
    "account_request_login_code": Row(302, 302, 200),
    "account_confirm_login_code": Row(302, 302, 302),
    "account_logout": Row(200, 200, 302),
    "account_signup": public(),
    "account_signup_confirm": Row(302, 302, 302),
    "account_signup_done": public(),
    "account_activate": public(),
    "account_activate_secrets": Row(302, 302, 302),
    "account_activate_phone": Row(302, 302, 302),
    "account_second_secret": Row(302, 302, 302),
    "account_help": public(),
    "account_help_topic": public(lambda world: ["lost-phone"]),
    "account_inactive": public(),
    "account_authority_begin": Row(302, 302, 302, lambda world: ["oidc"], post=True),
    "account_authority_callback": Row(302, 302, 302, lambda world: ["oidc"]),
    "account_authority_again": Row(302, 302, 302),
    "account_authority_unbound": Row(302, 302, 302),
    "account_change_password": personal(),
    "account_set_password": Row(302, 302, 302),
    "account_reauthenticate": personal(),
    "account_reauthenticate_by_code": personal(),
    # Second factors; nobody of this walk has one yet.
    "mfa_index": personal(),
    "mfa_authenticate": Row(302, 302, 302),
    "mfa_reauthenticate": Row(302, 302, 302),
    "mfa_reauthenticate_webauthn": Row(302, 302, 302),
    "mfa_activate_totp": personal(),
    "mfa_enrol": Row(302, 302, 302),
    "mfa_deactivate_totp": Row(404, 404, 302),
    "mfa_view_recovery_codes": Row(404, 404, 302),
    "mfa_generate_recovery_codes": personal(),
    "mfa_login_webauthn": Row(302, 302, 302),
    "mfa_add_webauthn": personal(),
    "mfa_edit_webauthn": Row(404, 404, 302, lambda world: [1]),
    "mfa_remove_webauthn": Row(404, 404, 302, lambda world: [1]),
    "staff_login": Row(403, 403, 200),
    # 我的.
    "residents:me": personal(),
    "residents:notices": personal(),
    "residents:read_all_notices": Row(302, 302, 302, post=True),
    "residents:open_notice": Row(302, 404, 302, lambda world: [world.notice.pk], post=True),
    "residents:messages": personal(),
    "residents:hear": personal(),
    "residents:phone": personal(),
    "residents:phone_confirm": Row(302, 302, 302),
    "residents:pin": personal(),
    "residents:access_log": personal(),
    "residents:ask_about_access": Row(404, 404, 302),
    "residents:stop_acting": Row(302, 302, 302, post=True),
    "residents:my_data": personal(),
    "residents:take_json": personal(),
    "residents:take_pdf": personal(),
    "residents:ask_for_correction": personal(),
    "residents:close_account": personal(),
    "residents:consents": personal(),
    "residents:give_consents": personal(),
    "residents:withdraw_consent": personal(lambda world: ["records"]),
    "privacy": public(),
    "privacy_for_children": public(),
    "residents:bindings": personal(),
    "residents:bind_pending": Row(302, 302, 302, post=True),
    "residents:unbind": Row(302, 302, 302, lambda world: ["wechat"], post=True),
    "residents:sign_ins": personal(),
    "residents:end_sign_in": Row(302, 302, 302, post=True),
    "residents:end_other_sign_ins": Row(302, 302, 302, post=True),
    "residents:stay": Row(302, 302, 302, post=True),
    "residents:family": personal(),
    "residents:invite_delegate": personal(),
    "residents:invitation": Row(404, 404, 302, some_key),
    "residents:withdraw_invitation": Row(302, 302, 302, some_key, post=True),
    "residents:accept_delegation": personal(),
    "residents:act": Row(302, 302, 302, post=True),
    "residents:apply_as_guardian": personal(),
    "residents:withdraw_guardianship": Row(302, 302, 302, some_key, post=True),
    "residents:end_delegation": Row(404, 404, 302, some_key),
    "residents:agree_to_guardian": Row(404, 404, 302, some_key),
    "residents:keep_helping": Row(404, 404, 302, some_key),
    "residents:helper_code": personal(),
    "residents:display": Row(302, 302, 302, post=True, data={"mode": "elder"}),
    # The record.
    "records:home": personal(),
    "records:condition": personal(lambda world: ["hypertension"]),
    "records:section": personal(lambda world: ["medications"]),
    "records:thing": private(lambda world: ["medications", world.medicine.pk]),
    "records:search": personal(),
    "records:items": personal(),
    "records:follow_ups": personal(),
    "records:check_up": private(lambda world: [world.check_up.pk]),
    "records:follow_up": private(lambda world: [world.follow_up.pk]),
    "records:document": private(lambda world: [world.document.pk]),
    "records:growth": personal(),
    "records:vaccinations": personal(),
    "records:reports": personal(),
    "records:report": private(lambda world: [world.report.pk]),
    "records:report_pdf": private(lambda world: [world.report.pk]),
    "records:report_earlier": private(lambda world: [world.report.pk], 404),  # of a report without other versions
    "records:trend": private(lambda world: [world.value.id]),
    "records:report_original": private(lambda world: [world.report.pk, 1], 404),
    "records:images": private(lambda world: [world.report.pk], 404),  # of a laboratory report
    "records:image": private(lambda world: [world.report.pk, "x"], 404),
    "records:image_viewer": private(lambda world: [world.report.pk, world.report.pk], 404),
    "records:taken_back": personal(),
    "records:report_pages": private(lambda world: [world.report.pk]),
    "records:booklet": personal(),
    "records:booklet_state": private(some_key, 404),  # nothing was made
    "records:booklet_pdf": private(some_key, 404),
    "records:taken_pages": private(some_key, 404),
    "records:taken_page": private(lambda world: [world.report.pk, 1], 404),
    "records:taken_link": Row(404, 404, 302, some_key, post=True),
    "records:taken_once": Row(404, 404, 404, lambda world: ["AAAABBBBCCCCDDDD"]),  # no such link
    "records:see_awaited": Row(404, 404, 302, some_key, post=True),  # nothing waits
    "records:services": personal(),
    "records:answer_service": Row(404, 404, 302, some_key, post=True, data={"answer": "yes"}),  # nothing was asked
    "records:special": personal(),
    "records:special_entry": private(lambda world: ["report", world.report.pk], 404),  # an ordinary one
    "records:disputes": personal(),
    "records:dispute": private(lambda world: ["report", world.report.pk]),
    "records:object_to_answer": private(some_key, 404),  # nothing was contested
    "records:take": personal(),
    "records:take_summary": personal(),
    "records:take_record": personal(),
    "records:health_links": personal(),
    "records:health_link_new": personal(),
    "records:health_link_revoke": Row(404, 404, 302, some_key, post=True),  # no such link
    "records:health_link_viewer": public(),
    "records:health_link": Row(400, 400, 400, lambda world: ["x" * 43], post=True),  # a form is no JSON
    "records:health_link_file": Row(404, 404, 404, lambda world: ["x" * 43]),  # no such file
    "records:own": personal(),
    "records:own_new": personal(lambda world: ["pressure"]),
    "records:own_entries": personal(lambda world: ["pressure"]),
    "records:own_export": personal(lambda world: ["pressure"]),
    "records:own_photos": personal(),
    "records:own_photo_new": personal(),
    "records:own_photo": private(lambda world: [world.own.pk]),
    "records:own_page": private(lambda world: [world.own.pk, 1]),
    "records:own_photo_strike": Row(404, 404, 302, some_key, post=True),  # no such report
    "records:own_entry": private(lambda world: [world.own.pk]),
    "records:own_correct": private(lambda world: [world.own.pk]),
    "records:own_strike": Row(404, 404, 302, some_key, post=True),  # no such entry
    "records:shares": personal(),
    "records:share_new": personal(),
    "records:share_revoke": Row(404, 404, 302, some_key, post=True),  # no such share
    "records:shared": public(),
    "records:shared_link": Row(404, 404, 404, lambda world: ["AAAABBBBCCCCDDDDEEEEFFFF"]),  # no such link
    "records:shared_open": Row(403, 403, 403),  # nothing was opened in this browser
    "records:shared_pdf": Row(403, 403, 403, some_key),
    "records:shared_original": Row(403, 403, 403, lambda world: [world.report.pk, 1]),
    "records:shared_leave": Row(302, 302, 302, post=True),
    "records:sources": public(),
    "records:verify_form": public(),
    "records:verify_file": Row(302, 302, 302),
    "records:verify": Row(404, 404, 404, lambda world: ["AAAA-BBBB-CCCC-DDDD"]),  # no such copy
    # Appointments.
    "appointments:facilities": public(),
    "appointments:find": public(),
    "appointments:guide": public(),
    "appointments:soonest": public(lambda world: [world.department.pk]),
    "appointments:department_days": public(lambda world: [world.department.pk]),
    "appointments:trip": public(),
    "appointments:trip_plan": public(lambda world: [world.department.facility_id]),
    "appointments:trip_confirm": personal(lambda world: [world.department.facility_id]),
    "appointments:trip_booked": private(lambda world: [world.booking.trip]),
    "appointments:trip_calendar": private(lambda world: [world.booking.trip]),
    "appointments:move": private(lambda world: [world.booking.pk]),
    "appointments:move_to": private(lambda world: [world.booking.pk, world.slot.pk]),
    "appointments:departments": public(lambda world: [world.department.facility_id]),
    "appointments:practitioners": public(lambda world: [world.department.pk]),
    "appointments:days": public(lambda world: [world.session.practitioner_id]),
    "appointments:times": public(lambda world: [world.session.pk]),
    "appointments:confirm": personal(lambda world: [world.slot.pk]),
    "appointments:bookings": personal(),
    "appointments:booking": private(lambda world: [world.booking.pk]),
    "appointments:cancel": private(lambda world: [world.booking.pk]),
    "appointments:calendar": private(lambda world: [world.booking.pk]),
    "appointments:join_waiting": personal(lambda world: [world.session.pk]),
    "appointments:waiting": private(lambda world: [world.wait.pk]),
    "appointments:take_offer": Row(302, 404, 302, lambda world: [world.wait.pk], post=True),
    "appointments:decline_offer": Row(302, 404, 302, lambda world: [world.wait.pk], post=True),
    "appointments:leave_waiting": Row(302, 404, 302, lambda world: [world.wait.pk], post=True),
    "appointments:no_shows": personal(),
    "appointments:appeal": Row(404, 404, 302, some_key, post=True),
    "appointments:draw": Row(404, 404, 404, lambda world: [world.session.pk]),  # nothing is drawn there
    "appointments:draw_data": Row(404, 404, 404, lambda world: [world.session.pk]),
    "appointments:ask_for_draw": Row(404, 404, 302, lambda world: [world.session.pk], post=True),
    "appointments:fairness": public(),
    "appointments:check_in": Row(404, 404, 302, lambda world: ["no-such-poster"]),
    "appointments:board": Row(404, 404, 404, lambda world: ["no-such-screen"]),
    # Health education.
    "health_education:articles": public(),
    "health_education:article": public(lambda world: [world.article.article.slug]),
    "health_education:activities": public(),
    "health_education:activity": public(lambda world: [world.activity.pk]),
    "health_education:activity_calendar": public(lambda world: [world.activity.pk]),
    "health_education:my_activities": personal(),
    "health_education:here": personal(),
    "health_education:here_code": Row(404, 404, 302, lambda world: ["ABCDEF"]),  # no activity is going on
    "health_education:leave_activity": private(lambda world: [world.activity.pk]),
    "health_education:slip": private(lambda world: [world.activity.pk]),
    "health_education:join_activity": Row(302, 302, 302, lambda world: [world.activity.pk], post=True),
    "health_education:file": public(lambda world: [world.medium.pk, "40.jpg"]),
    "health_education:cards": public(),
    "health_education:theme_days": public(),
    "health_education:for_you": personal(),
    "health_education:poster": public(lambda world: [world.article.article.slug]),
    "health_education:feedback": public(lambda world: [world.article.article.slug]),
    "health_education:feedback_thanks": public(lambda world: [world.article.article.slug]),
    "health_education:my_feedback": personal(),
    "health_education:saved": personal(),
    "health_education:on_this_device": public(),
    "health_education:save": personal(lambda world: [world.article.article.slug]),
    "health_education:preview": staff(lambda world: [world.article.pk]),
    # The desk.
    "staff:index": staff(),
    "staff:gallery": staff(),
    "staff:access_log": staff(),
    **{
        f"staff:{page}": staff()
        for page in (
            "residents",
            "emergency",
            "assist",
            "assisting",
            "slip",
            "accounts",
            "new_account",
            "approvals",
            "export",
            "emergencies",
            "changes",
            "slips",
        )
    },
    **{
        f"staff:{page}": staff(some_key)
        for page in (
            "open_resident",
            "account",
            "give_role",
            "ask_reset",
            "ask_reopen",
            "print_code",
            "switch_off",
            "approval",
            "export_file",
            "review_emergency",
        )
    },
    **{
        f"staff:{page}": staff()
        for page in (
            "counter",
            "counter_check",
            "counter_new",
            "counter_person",
            "counter_issue",
            "counter_card",
            "counter_take_over",
            "counter_rename",
            "counter_alive",
            "counter_done",
            "deaths",
        )
    },
    "staff:decide_death": staff(some_key),
    "staff:awaited": staff(),
    "staff:awaited_comment": staff(some_key),
    "staff:overdue": staff(),
    "staff:overdue_file": staff(),
    "staff:follow_through": staff(),
    "staff:follow_through_case": staff(some_key),
    "staff:critical": staff(),
    "staff:critical_case": staff(some_key),
    "staff:identities": staff(),
    "staff:identity": staff(some_key),
    "staff:merge": staff(some_key),
    **{f"staff:{page}": staff() for page in ("recalls", "find_recall", "confirm_recall")},
    **{
        f"staff:{page}": staff(some_key)
        for page in ("recall", "recall_person", "decide_recall", "write_up_recall", "recall_sightings")
    },
    "staff:tables": staff(),
    "staff:activity": staff(some_key),
    **{
        f"staff:{page}": staff(some_key)
        for page in ("publish_activity", "call_off_activity", "tick_activity", "hold_activity", "duty_unit_sheet")
    },
    "staff:activity_screen": staff(some_key),
    "staff:scan_slip": staff(some_key),
    "staff:ticket": staff(lambda world: [world.article.pk, "ABCDEFGHJK"]),
    "staff:duty": staff(),
    "staff:duty_sheet": staff(),
    "staff:duty_unit": staff(some_key),
    "staff:duty_rows": staff(lambda world: [world.article.pk, "printed"]),
    "staff:ask_sheet": Row(404, 404, 302, some_key, post=True),
    "staff:take_sheet": Row(404, 404, 302, some_key, post=True),
    "staff:guardianships": staff(),
    "staff:guardianship": staff(some_key),
    "staff:guardianship_photo": staff(lambda world: [world.report.pk, 1]),
    "staff:messages": staff(),
    **{f"staff:{page}": staff() for page in ("desk", "calls", "queues", "no_shows")},
    **{
        f"staff:{page}": staff(lambda world: [world.department.facility_id])
        for page in ("desk_day", "desk_book", "desk_lists", "desk_report", "desk_points")
    },
    **{f"staff:{page}": staff(lambda world: [world.booking.pk]) for page in ("desk_booking", "desk_slip", "desk_move")},
    **{f"staff:{page}": staff(lambda world: [world.session.pk]) for page in ("desk_session", "desk_stopped")},
    **{
        f"staff:{page}": staff(some_key)
        for page in (
            *("desk_point", "queue_room"),
            *("no_show", "answer_no_show", "excuse_no_show", "file_appeal"),
        )
    },
    "admin:index": staff(),
    "admin:autocomplete": staff(),
    "admin:jsi18n": staff(),
    "admin:app_list": staff(lambda world: ["health_education"]),
    "staff/(?P<url>.*)$": Row(404, 404, 302, lambda world: ["no-such-page"]),
    "admin:exchange_source_columns": staff(some_key),
    "admin:exchange_source_credentials": staff(some_key),
    "admin:exchange_source_onboarding": staff(some_key),
    "admin:health_education_revision_step": staff(lambda world: [world.article.pk, "publish"]),
    "admin:health_education_medium_files": staff(lambda world: [world.article.article_id]),
    "admin:health_education_medium_upload": staff(lambda world: [world.article.article_id]),
    "admin:health_education_medium_end": staff(lambda world: [world.medium.pk]),
    "admin:health_education_revision_worklist": staff(),
    "admin:health_education_revision_compare": staff(lambda world: [world.article.pk]),
    "admin:health_education_revision_phones": staff(lambda world: [world.article.pk]),
    "admin:health_education_article_import": staff(),
    "admin:health_education_article_step": staff(lambda world: [world.article.article_id, "withdraw"]),
    **{
        f"admin:{model}_{page}": staff(some_key if page in {"change"} else nothing)
        for model in (
            "appointments_booking",
            "appointments_guidesymptom",
            "appointments_guideversion",
            "appointments_holiday",
            "appointments_preparation",
            "appointments_rota",
            "appointments_rotaexception",
            "appointments_rule",
            "appointments_service",
            "appointments_session",
            "exchange_codemapping",
            "exchange_fold",
            "exchange_criticallimit",
            "exchange_releasepolicy",
            "records_nextstep",
            "records_qualitymark",
            "records_recognitionrule",
            "records_scheduleddose",
            "exchange_held",
            "exchange_pull",
            "exchange_replay",
            "exchange_replaydifference",
            "exchange_source",
            "exchange_unitalias",
            "exchange_unmapped",
            "facilities_department",
            "facilities_facility",
            "facilities_membership",
            "facilities_practitioner",
            "foundation_datedsetting",
            "health_education_activity",
            "health_education_article",
            "health_education_bannedclaim",
            "health_education_dutyentry",
            "health_education_reviewerspeciality",
            "health_education_revision",
            "health_education_failedsearch",
            "health_education_feedback",
            "health_education_medium",
            "health_education_synonymgroup",
            "health_education_themeday",
            "health_education_topic",
            "residents_accesscase",
            "residents_consenttext",
            "residents_correction",
            "residents_program",
            "records_dispute",
        )
        for page in ("changelist", "add", "change")
    },
    # The interface for programs.
    "api:documentation": public(),
    "api:schema": public(),
    "api:nowhere": Row(404, 404, 404, lambda world: ["no-such-thing/"]),
    "api:me": answered(),
    "api:csrf": answered(),
    "api:notices": answered(),
    "api:notices_read": Row(200, 404, 401, lambda world: [world.notice.pk], post=True),
    "api:notices_read_all": Row(200, 200, 401, post=True),
    "api:summary": answered(),
    "api:search": Row(400, 400, 401, post=True),  # nothing is looked for
    "api:section": answered(lambda world: ["medications"]),
    "api:thing": answered(lambda world: ["medications", world.medicine.pk], 404),
    "api:reports": answered(),
    "api:report": answered(lambda world: [world.report.pk], 404),
    "api:items": answered(),
    "api:trend": answered(lambda world: [world.value.id], 404),
    "api:shares": answered(),
    "api:share_revoke": Row(404, 404, 401, some_key, post=True),  # no such share
    "api:check_copy": Row(400, 400, 401, post=True),
    "api:facilities": answered(),
    "api:departments": Row(400, 400, 401),  # of which facility
    "api:practitioners": Row(400, 400, 401),
    "api:sessions": answered(lambda world: [world.session.practitioner_id]),
    "api:slots": answered(lambda world: [world.session.pk]),
    "api:bookings": answered(),
    "api:booking": answered(lambda world: [world.booking.pk], 404),
    "api:booking_cancel": Row(404, 404, 401, some_key, post=True),  # no such booking
    "api:articles": answered(),
    "api:articles_search": Row(400, 400, 401, post=True),
    "api:article": answered(lambda world: [world.article.article.slug]),
    # Programs of others: they show a token, and no cookie counts (access_programs.py).
    "authorize": Row(400, 400, 302),  # no registered program asks
    "token": Row(400, 400, 400, post=True),
    "revoke": Row(401, 401, 401, post=True),
    "oauth_metadata": public(),
    "smart_configuration": public(),
    "fhir:metadata": public(),
    "fhir:search": Row(401, 401, 401, lambda world: ["Observation"]),
    "fhir:post_search": Row(401, 401, 401, lambda world: ["Observation"], post=True),
    "fhir:read": Row(401, 401, 401, lambda world: ["DiagnosticReport", world.report.pk]),
    "fhir:summary": Row(401, 401, 401),
    "fhir:summary_of": Row(401, 401, 401, lambda world: [world.people.helanfang.pk]),
    "fhir:base": Row(404, 404, 404),
    "fhir:nothing": Row(404, 404, 404, lambda world: ["a/b/c"]),
    "residents:programs": personal(),
    "residents:end_program": Row(404, 404, 302, some_key, post=True),  # no such connection
    # The demonstration's outbox shows invented people's messages to whoever tries the portal.
    "demo:outbox": public(),
    "demo:codes": public(),
    # They only answer to whoever the portal sent there.
    "demo:identity": Row(400, 400, 400),
    "demo:wechat": Row(400, 400, 400),
}
