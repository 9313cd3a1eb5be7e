"""What everybody gets from the pages on which staff serve people."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "工作台：办事": [
        (
            "404 404 404 404 404 404 405 405 405 405 405 405 405 404 302",
            "staff:ask_reset staff:ask_reopen staff:switch_off staff:export_file staff:counter_issue "
            "staff:counter_card staff:counter_take_over staff:counter_rename staff:counter_alive "
            "staff:counter_done staff:decide_death staff:print_code staff:confirm_recall staff:recall_person "
            "staff:decide_recall staff:write_up_recall staff:publish_activity staff:call_off_activity "
            "staff:tick_activity staff:hold_activity staff:scan_slip staff:duty_sheet staff:duty_unit_sheet",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
            "staff:accounts staff:new_account staff:export staff:account staff:give_role "
            "staff:overdue "
            "staff:overdue_file",
        ),
        (
            "404 404 404 404 404 404 404 404 403 404 403 403 403 404 302",
            "staff:activity staff:activity_screen staff:ticket staff:duty_unit staff:duty_rows "
            "admin:health_education_activity_change "
            "admin:health_education_dutyentry_change",
        ),
        (
            "404 404 404 404 404 404 200 200 403 200 403 403 403 404 302",
            "staff:duty admin:health_education_activity_changelist admin:health_education_activity_add "
            "admin:health_education_dutyentry_changelist admin:health_education_dutyentry_add",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 200 404 302",
            "staff:access_log staff:approvals staff:emergencies staff:messages staff:changes staff:slips",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 403 404 302",
            "staff:residents staff:assist staff:counter staff:deaths",
        ),
        (
            "404 404 404 404 404 404 302 302 302 302 302 302 403 404 302",
            "staff:counter_check staff:counter_new staff:counter_person",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 404 404 302",
            "staff:approval staff:review_emergency",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 403 403 403 404 302",
            "staff:guardianship staff:guardianship_photo staff:identity staff:merge staff:ask_sheet staff:take_sheet",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 302",
            "staff/(?P<url>.*)$",
        ),
        (
            "404 404 404 404 404 404 200 302 302 302 302 302 302 404 302",
            "staff:assisting",
        ),
        (
            "404 404 404 404 404 404 200 200 403 200 200 200 403 404 302",
            "staff:emergency staff:follow_through staff:critical staff:awaited",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 200 404 302",
            "staff:gallery",
        ),
        (
            "404 404 404 404 404 404 404 404 403 404 404 404 403 404 302",
            "staff:follow_through_case staff:critical_case staff:awaited_comment",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 403 403 403 404 302",
            "staff:guardianships staff:identities staff:find_recall staff:tables",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 403 403 200 404 302",
            "staff:recalls",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 403 403 404 404 302",
            "staff:recall staff:recall_sightings",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 200 404 302",
            "staff:index",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 403 404 302",
            "staff:open_resident",
        ),
        (
            "404 404 404 404 404 404 200 302 200 200 302 200 302 404 302",
            "staff:slip",
        ),
    ],
    "工作台：门诊预约": [
        (
            "404 404 404 404 404 404 403 403 302 403 302 302 403 404 302",
            "staff:desk",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 200 200 403 404 302",
            "staff:queues admin:appointments_rota_changelist admin:appointments_rotaexception_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 403 403 403 404 302",
            "staff:no_shows staff:calls staff:desk_points staff:desk_session admin:appointments_holiday_changelist "
            "admin:appointments_rota_add admin:appointments_rotaexception_add",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 404 404 403 404 302",
            "staff:desk_day staff:desk_lists",
        ),
        (
            "404 404 404 404 404 404 403 403 302 403 403 403 403 404 302",
            "staff:desk_book staff:desk_move",
        ),
        (
            "404 404 404 404 404 404 405 405 405 405 405 405 405 404 302",
            "staff:desk_report staff:answer_no_show staff:excuse_no_show staff:file_appeal",
        ),
        (
            "404 404 404 404 404 404 403 403 200约 403 404 404 403 404 302",
            "staff:desk_slip",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 404 404 403 404 302",
            "staff:desk_booking",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 403 403 403 404 302",
            "staff:desk_point staff:no_show admin:appointments_holiday_change",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 404 404 403 404 302",
            "staff:desk_stopped staff:queue_room "
            "admin:appointments_rota_change admin:appointments_rotaexception_change",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
            "admin:appointments_holiday_add",
        ),
    ],
}
