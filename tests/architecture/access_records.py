"""What everybody gets from the pages of a record."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "健康档案和结果": [
        (
            "200 403 200 200 403 200 302 403 403 403 403 403 403 200 302",
            "records:disputes",
        ),
        (
            "200 403 200 403 403 404 302 403 403 403 403 403 403 404 302",
            "records:dispute",
        ),
        (
            "404 403 404 404 403 404 302 403 403 403 403 403 403 404 302",
            "records:object_to_answer",
        ),
        (
            "200档果 403 403 200档 403 200 200档果 403 403 200档果 403 200档果 403 200 302",
            "records:home",
        ),
        (
            "200果 403 200果 404 403 404 200果 403 403 200果 403 200果 403 404 302",
            "records:trend",
        ),
        (
            "200果 403 200果 403 403 404 200果 403 403 200果 403 200果 403 404 302",
            "records:report",
        ),
        (
            "200 403 200 403 403 404 200 403 403 200 403 200 403 404 302",
            "records:report_pdf",
        ),
        (
            "200果 403 200果 403 403 404 200果 403 403 200果 403 200果 403 404 302",
            "records:report_pages",
        ),
        (
            "200 403 200 200 403 200 302 403 403 403 403 403 403 200 302",
            "records:booklet",
        ),
        (
            "404 403 404 404 403 404 302 403 403 404 403 404 403 404 302",
            "records:booklet_state records:booklet_pdf records:taken_pages records:taken_link",
        ),
        (
            "200 200 200 200 200 200 302 403 200 200 403 200 403 200 302",
            "records:taken_back",
        ),
        (
            "404 403 404 403 403 404 404 403 403 404 403 404 403 404 302",
            "records:images records:image records:image_viewer records:report_earlier records:report_original",
        ),
        (
            "404 403 404 404 403 404 404 403 403 404 403 404 403 404 302",
            "records:taken_page",
        ),
        (
            "200果 403 200果 403 403 200 200果 403 403 200果 403 200果 403 200 302",
            "records:reports",
        ),
        (
            "200 403 403 200 403 200 200 403 403 200 403 200 403 200 302",
            "records:condition records:section records:follow_ups records:growth records:vaccinations",
        ),
        (
            "200 403 403 200 403 404 200 403 403 200 403 200 403 404 302",
            "records:check_up records:follow_up records:document",
        ),
        (
            "200 403 403 200 403 404 200 403 403 200 403 200 403 404 302",
            "records:thing",
        ),
        (
            "200 403 200 200 403 200 200 403 403 200 403 200 403 200 302",
            "records:search",
        ),
        (
            "200果 403 200果 403 403 200 200果 403 403 200果 403 200果 403 200 302",
            "records:items",
        ),
        (
            "200 403 403 200 403 200 200 403 403 200 403 200 403 200 302",
            "records:own records:own_entries records:own_export records:own_photos",
        ),
        (
            "200 403 403 200 403 200 200 403 403 403 403 403 403 200 302",
            "records:own_new records:own_photo_new",
        ),
        (
            "200 403 403 200 403 404 200 403 403 200 403 200 403 404 302",
            "records:own_entry records:own_photo records:own_page",
        ),
        (
            "200 403 403 200 403 404 200 403 403 403 403 403 403 404 302",
            "records:own_correct",
        ),
        (
            "404 403 403 404 403 404 404 403 403 404 403 404 403 404 302",
            "records:own_strike records:own_photo_strike",
        ),
        (
            "200果 403 200果 403 403 200 302 403 403 403 403 403 403 200 302",
            "records:share_new",
        ),
        (
            "200 403 200 403 403 200 302 403 403 403 403 403 403 200 302",
            "records:shares",
        ),
        (
            "404 403 404 403 403 404 302 403 403 403 403 403 403 404 302",
            "records:share_revoke",
        ),
        (
            "200 403 200 200 403 200 302 403 403 403 403 403 403 200 302",
            "records:take",
        ),
        (
            "200档果 403 200果 200档 403 200 302 403 403 403 403 403 403 200 302",
            "records:take_summary",
        ),
        (
            "200基档果 403 200果 200档 403 200 302 403 403 403 403 403 403 200 302",
            "records:take_record",
        ),
        (
            "200 403 403 403 403 200 302 403 403 403 403 403 403 200 302",
            "records:health_links records:health_link_new records:special",
        ),
        (
            "404 403 403 403 403 404 302 403 403 403 403 403 403 404 302",
            "records:health_link_revoke records:special_entry",
        ),
        (
            "400 400 400 400 400 400 400 400 400 400 400 400 400 400 400",
            "records:health_link",
        ),
        (
            "403 403 403 403 403 403 403 403 403 403 403 403 403 403 403",
            "records:shared_open records:shared_pdf records:shared_original",
        ),
        (
            "302 302 302 302 302 302 302 302 302 302 302 302 302 302 302",
            "records:shared_leave records:verify_file",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 404",
            "records:verify records:shared_link records:taken_once records:health_link_file",
        ),
        (
            "404 403 404 403 403 404 302 403 403 404 403 404 403 404 302",
            "records:see_awaited",
        ),
        (
            "200 403 403 200 403 200 302 403 403 403 403 403 403 200 302",
            "records:services",
        ),
        (
            "404 403 403 404 403 404 302 403 403 403 403 403 403 404 302",
            "records:answer_service",
        ),
    ],
}
