"""Pages of the staff site that are our own; mounted at /staff/ before Django's admin."""

from typing import cast

from django.contrib import admin
from django.urls import path

from appointments.desk import booking_views as desk_booking
from appointments.desk import call_views as desk_calls
from appointments.desk import stop_views as desk_stopped
from appointments.desk import views as desk
from appointments.queue import views as waiting_room
from health_education.views import activity_desk, activity_door, duty
from portal.access_log import access_log
from portal.gallery import gallery
from portal.message_figures import figures
from portal.people import (
    accounts,
    assist,
    awaiting,
    changes,
    counter,
    critical,
    deaths,
    decisions,
    emergencies,
    follow_through,
    identities,
    no_shows,
    overdue,
    recalls,
    residents,
    sheets,
)
from portal.staff import StaffSite
from residents.family import review

app_name = "staff"

site = cast(StaffSite, admin.site)  # the default site of portal.staff.StaffConfig, behind a lazy object

urlpatterns = [
    path("", site.page(site.index), name="index"),
    path("gallery/", site.page(gallery), name="gallery"),
    path("access-log/", site.page(access_log), name="access_log"),
    path("messages/", site.page(figures), name="messages"),
    # Residents and helping them.
    path("residents/", site.page(residents.residents), name="residents"),
    path("residents/<uuid:resident_id>/open/", site.page(residents.open_resident), name="open_resident"),
    path("emergency/", site.page(residents.emergency), name="emergency"),
    path("assist/", site.page(assist.assist), name="assist"),
    path("assist/now/", site.page(assist.assisting), name="assisting"),
    path("assist/slip/", site.page(assist.slip), name="slip"),
    # The desk of a facility, and its waiting room.
    path("desk/", site.page(desk.desk), name="desk"),
    path("desk/<uuid:facility_id>/", site.page(desk.desk_day), name="desk_day"),
    path("desk/<uuid:facility_id>/book/", site.page(desk_booking.book), name="desk_book"),
    path("desk/<uuid:facility_id>/lists/", site.page(desk.lists), name="desk_lists"),
    path("desk/<uuid:facility_id>/report/", site.page(desk.report), name="desk_report"),
    path("desk/<uuid:facility_id>/points/", site.page(waiting_room.points), name="desk_points"),
    path("desk/points/<uuid:point_id>/", site.page(waiting_room.point), name="desk_point"),
    path("desk/bookings/<uuid:booking_id>/", site.page(desk.desk_booking), name="desk_booking"),
    path("desk/bookings/<uuid:booking_id>/slip/", site.page(desk.slip), name="desk_slip"),
    path("desk/bookings/<uuid:booking_id>/move/", site.page(desk_booking.move), name="desk_move"),
    path("desk/stopped/<uuid:session_id>/", site.page(desk_stopped.stopped), name="desk_stopped"),
    path("desk/sessions/<uuid:session_id>/", site.page(desk_booking.session), name="desk_session"),
    path("calls/", site.page(desk_calls.calls), name="calls"),
    path("queues/", site.page(waiting_room.queues), name="queues"),
    path("queues/<uuid:queue_id>/", site.page(waiting_room.room), name="queue_room"),
    # The staff themselves, and what takes two of them.
    path("accounts/", site.page(accounts.accounts), name="accounts"),
    path("accounts/new/", site.page(accounts.new_account), name="new_account"),
    path("accounts/<uuid:account_id>/", site.page(accounts.account), name="account"),
    path("accounts/<uuid:account_id>/role/", site.page(accounts.give_role), name="give_role"),
    path("accounts/<uuid:account_id>/reset/", site.page(accounts.ask_reset), name="ask_reset"),
    path("accounts/<uuid:account_id>/reopen/", site.page(accounts.ask_reopen), name="ask_reopen"),
    path("accounts/<uuid:account_id>/code/", site.page(accounts.print_code), name="print_code"),
    path("accounts/<uuid:account_id>/off/", site.page(accounts.switch_off), name="switch_off"),
    path("approvals/", site.page(decisions.approval_list), name="approvals"),
    path("approvals/<uuid:approval_id>/", site.page(decisions.approval), name="approval"),
    path("approvals/<uuid:approval_id>/file/", site.page(decisions.export_file), name="export_file"),
    path("export/", site.page(decisions.export), name="export"),
    path("changes/", site.page(changes.changes), name="changes"),
    # For auditors.
    path("slips/", site.page(changes.slips), name="slips"),
    path("emergencies/", site.page(emergencies.emergencies), name="emergencies"),
    path("emergencies/<uuid:opening_id>/review/", site.page(emergencies.review), name="review_emergency"),
    # The counter: activation, cards, numbers, deaths.
    path("counter/", site.page(counter.card), name="counter"),
    path("counter/check/", site.page(counter.check), name="counter_check"),
    path("counter/new/", site.page(counter.new), name="counter_new"),
    path("counter/person/", site.page(counter.person), name="counter_person"),
    path("counter/activation/", site.page(counter.issue), name="counter_issue"),
    path("counter/card/", site.page(counter.assist_card), name="counter_card"),
    path("counter/number/", site.page(counter.take_over), name="counter_take_over"),
    path("counter/name/", site.page(counter.rename), name="counter_rename"),
    path("counter/alive/", site.page(counter.alive), name="counter_alive"),
    path("counter/done/", site.page(counter.done), name="counter_done"),
    path("deaths/", site.page(deaths.deaths), name="deaths"),
    path("deaths/<uuid:report>/", site.page(deaths.decide), name="decide_death"),
    path("results/", site.page(follow_through.matters), name="follow_through"),
    path("results/<uuid:case_id>/", site.page(follow_through.matter), name="follow_through_case"),
    path("comments/", site.page(awaiting.awaited), name="awaited"),
    path("comments/<uuid:case_id>/", site.page(awaiting.comment), name="awaited_comment"),
    path("overdue/", site.page(overdue.overdue), name="overdue"),
    path("overdue/file/", site.page(overdue.overdue_file), name="overdue_file"),
    path("critical/", site.page(critical.critical), name="critical"),
    path("critical/<uuid:case_id>/", site.page(critical.critical_case), name="critical_case"),
    path("identities/", site.page(identities.identities), name="identities"),
    path("identities/<uuid:case_id>/", site.page(identities.identity), name="identity"),
    path("identities/merges/<uuid:merge_id>/", site.page(identities.merge), name="merge"),
    path("recalls/", site.page(recalls.recalls), name="recalls"),
    path("recalls/find/", site.page(recalls.find), name="find_recall"),
    path("recalls/confirm/", site.page(recalls.confirm), name="confirm_recall"),
    path("recalls/<uuid:recall_id>/", site.page(recalls.recall), name="recall"),
    path("recalls/<uuid:recall_id>/person/", site.page(recalls.name_person), name="recall_person"),
    path("recalls/<uuid:recall_id>/decision/", site.page(recalls.decide), name="decide_recall"),
    path("recalls/<uuid:recall_id>/report/", site.page(recalls.write_up), name="write_up_recall"),
    path("recalls/<uuid:recall_id>/seen-by/", site.page(recalls.sightings), name="recall_sightings"),
    path("tables/", site.page(sheets.tables), name="tables"),
    path("tables/<uuid:file_id>/ask/", site.page(sheets.ask), name="ask_sheet"),
    path("tables/sheets/<uuid:sheet_id>/", site.page(sheets.take), name="take_sheet"),
    # Missed visits and what people say against them.
    path("no-shows/", site.page(no_shows.no_shows), name="no_shows"),
    path("no-shows/<uuid:strike_id>/", site.page(no_shows.no_show), name="no_show"),
    path("no-shows/<uuid:strike_id>/answer/", site.page(no_shows.answer_no_show), name="answer_no_show"),
    path("no-shows/<uuid:strike_id>/excuse/", site.page(no_shows.excuse_no_show), name="excuse_no_show"),
    path("no-shows/<uuid:strike_id>/appeal/", site.page(no_shows.file_appeal), name="file_appeal"),
    # Activities and the yearly duty of health education.
    path("activities/<uuid:activity_id>/", site.page(activity_desk.activity), name="activity"),
    path("activities/<uuid:activity_id>/publish/", site.page(activity_desk.publish), name="publish_activity"),
    path("activities/<uuid:activity_id>/call-off/", site.page(activity_desk.call_off), name="call_off_activity"),
    path("activities/<uuid:activity_id>/list/", site.page(activity_desk.tick), name="tick_activity"),
    path("activities/<uuid:activity_id>/held/", site.page(activity_desk.hold), name="hold_activity"),
    path("activities/<uuid:activity_id>/screen/", site.page(activity_door.screen), name="activity_screen"),
    path("activities/<uuid:activity_id>/slip/", site.page(activity_door.scan), name="scan_slip"),
    path("activities/<uuid:activity_id>/slip/<slug:code>/", site.page(activity_door.ticket), name="ticket"),
    path("duty/", site.page(duty.duty), name="duty"),
    path("duty/sheet/", site.page(duty.sheet), name="duty_sheet"),
    path("duty/<uuid:facility_id>/", site.page(duty.unit), name="duty_unit"),
    path("duty/<uuid:facility_id>/sheet/", site.page(duty.unit_sheet), name="duty_unit_sheet"),
    path("duty/<uuid:facility_id>/<slug:key>/", site.page(duty.rows), name="duty_rows"),
    path("guardianships/", site.page(review.queue), name="guardianships"),
    path("guardianships/<uuid:guardianship_id>/", site.page(review.review), name="guardianship"),
    path(
        "guardianships/<uuid:guardianship_id>/photos/<int:position>/",
        site.page(review.photo),
        name="guardianship_photo",
    ),
]
