"""What everybody gets from booking and health education."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "预约": [
        (
            "200约 200约 403 403 403 404 200约 403 200约 200约 403 403 403 404 302",
            "appointments:cancel appointments:calendar appointments:move appointments:move_to "
            "appointments:trip_booked appointments:trip_calendar",
        ),
        (
            "200约 200约 403 403 403 200 200约 403 200约 200约 403 403 403 200 302",
            "appointments:confirm appointments:bookings",
        ),
        (
            "200 200 403 403 403 200 200 403 200 200 403 403 403 200 302",
            "appointments:trip_confirm",
        ),
        (
            "200 200 403 403 403 404 200 403 200 200 403 403 403 404 302",
            "appointments:booking appointments:waiting",
        ),
        (
            "200 200 403 403 403 200 200 403 200 200 403 403 403 200 302",
            "appointments:join_waiting",
        ),
        (
            "302 302 403 403 403 404 302 403 302 302 403 403 403 404 302",
            "appointments:take_offer appointments:decline_offer appointments:leave_waiting",
        ),
        (
            "200 200 403 403 403 200 200 403 200 200 403 403 403 200 302",
            "appointments:no_shows",
        ),
        (
            "404 404 403 403 403 404 404 403 404 404 403 403 403 404 302",
            "appointments:appeal appointments:ask_for_draw appointments:check_in",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 404",
            "appointments:draw appointments:draw_data appointments:board",
        ),
    ],
    "健康宣教": [
        (
            "200 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
            "health_education:for_you",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 302",
            "health_education:preview",
        ),
        (
            "200 200 200 200 200 200 200 200 200 200 200 200 200 200 302",
            "health_education:saved health_education:save health_education:my_feedback",
        ),
        (
            "200 200 403 403 403 200 200 403 200 200 403 403 403 200 302",
            "health_education:my_activities health_education:here",
        ),
        (
            "200 200 403 403 403 404 200 403 200 200 403 403 403 404 302",
            "health_education:leave_activity health_education:slip",
        ),
        (
            "302 302 403 403 403 302 302 403 302 302 403 403 403 302 302",
            "health_education:join_activity",
        ),
        (
            "404 404 403 403 403 404 404 403 404 404 403 403 403 404 302",
            "health_education:here_code",
        ),
    ],
}
