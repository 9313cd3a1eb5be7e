"""What everybody gets from every address, walked by test_access.py and written into docs/access.md.

One line of answers for the personas in their order (COLUMNS), then the addresses it holds for.
"""

from tests.architecture import access_api

# Who asks, in the order of the answers: the key of the persona and the head of the column.
COLUMNS = {
    "owner": "本人",
    "booking": "代办人：预约",
    "results": "代办人：结果",
    "records": "代办人：档案",
    "notices": "代办人：消息",
    "expired": "代办人：已到期",
    "assisted": "帮办中",
    "after": "帮办结束后",
    "reception": "本院窗口（已打开）",
    "clinician": "本院医生（已打开）",
    "elsewhere": "外院医生",
    "emergency": "外院医生：紧急调阅",
    "auditor": "审计员",
    "stranger": "其他居民",
    "nobody": "未登录",
}

# Area -> pairs of answers and the addresses that give them.
ANSWERS: dict[str, list[tuple[str, str]]] = {
    "公开的页面": [
        (
            "200 200 200 200 200 200 200 200 200 200 200 200 200 200 200",
            "alive account_signup account_signup_done account_activate account_help account_help_topic "
            "account_inactive privacy privacy_for_children records:verify_form records:shared records:sources "
            "appointments:facilities "
            "appointments:departments appointments:practitioners appointments:days appointments:times "
            "health_education:articles health_education:article health_education:cards health_education:theme_days "
            "health_education:activities health_education:file "
            "health_education:activity health_education:activity_calendar health_education:poster "
            "health_education:feedback health_education:feedback_thanks health_education:on_this_device "
            "service_worker demo:outbox demo:codes",
        ),
    ],
    "首页和设置": [
        (
            "400 400 400 400 400 400 400 400 400 400 400 400 400 400 400",
            "demo:identity demo:wechat",
        ),
        (
            "200约 200约 200 200 200 200 200约 200 200约 200约 200 200 200 200 200",
            "home",
        ),
        (
            "302 302 302 302 302 302 302 302 302 302 302 302 302 302 302",
            "set_language",
        ),
        (
            "401 401 401 401 401 401 401 401 401 401 401 401 401 401 401",
            "push",
        ),
    ],
    "门口：登录、注册、二次验证": [
        (
            "302 302 302 302 302 302 302 302 302 302 302 302 302 302 302",
            "account_confirm_login_code account_signup_confirm account_activate_secrets account_activate_phone "
            "account_second_secret account_authority_begin account_authority_callback account_authority_unbound "
            "account_set_password mfa_authenticate mfa_reauthenticate mfa_reauthenticate_webauthn "
            "mfa_login_webauthn mfa_enrol",
        ),
        (
            "200 200 200 200 200 200 200 200 200 200 200 200 200 200 302",
            "account_logout account_change_password account_reauthenticate mfa_index mfa_activate_totp "
            "mfa_generate_recovery_codes mfa_add_webauthn",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 302",
            "mfa_deactivate_totp mfa_view_recovery_codes mfa_edit_webauthn mfa_remove_webauthn",
        ),
        (
            "302 302 302 302 302 302 302 302 302 302 302 302 302 302 200",
            "account_login account_request_login_code",
        ),
        (
            "302 302 302 302 302 302 403 403 403 403 403 403 403 302 302",
            "account_authority_again",
        ),
        (
            "200 200 200 200 200 200 302 302 302 302 302 302 302 200 302",
            "account_reauthenticate_by_code",
        ),
        (
            "403 403 403 403 403 403 302 302 302 302 302 302 302 403 200",
            "staff_login",
        ),
    ],
    "我的": [
        (
            "200 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
            "residents:phone residents:pin residents:access_log residents:my_data residents:take_pdf "
            "residents:ask_for_correction residents:close_account residents:consents residents:give_consents "
            "residents:withdraw_consent residents:bindings residents:family residents:invite_delegate "
            "residents:accept_delegation residents:apply_as_guardian residents:helper_code",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
            "residents:ask_about_access residents:invitation residents:end_delegation residents:agree_to_guardian "
            "residents:keep_helping",
        ),
        (
            "302 302 302 302 302 302 403 403 403 403 403 403 403 302 302",
            "residents:phone_confirm residents:bind_pending residents:unbind residents:withdraw_invitation "
            "residents:withdraw_guardianship",
        ),
        (
            "302 302 302 302 302 302 403 302 403 403 302 403 302 302 302",
            "residents:end_sign_in residents:end_other_sign_ins residents:act",
        ),
        (
            "302 302 302 302 302 302 302 302 302 302 302 302 302 302 302",
            "residents:stay residents:display residents:stop_acting",
        ),
        (
            "200基 200基 200基 200基 200基 200 403 403 403 403 403 403 403 200 302",
            "residents:me",
        ),
        (
            "200基 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
            "residents:messages",
        ),
        (
            "200 403 403 403 200 200 403 403 403 403 403 403 403 200 302",
            "residents:notices",
        ),
        (
            "302 403 403 403 302 404 403 403 403 403 403 403 403 404 302",
            "residents:open_notice",
        ),
        (
            "302 403 403 403 302 302 403 403 403 403 403 403 403 302 302",
            "residents:read_all_notices",
        ),
        (
            "200 200 200 200 200 200 403 200 403 403 200 403 200 200 302",
            "residents:sign_ins",
        ),
        (
            "200基档果 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
            "residents:take_json",
        ),
    ],
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
            "200果 403 200果 403 403 404 200果 403 403 200果 403 200果 403 404 302",
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
            "200 200 200 200 200 200 302 403 200 200 403 200 403 200 302",
            "records:taken_back",
        ),
        (
            "404 403 404 403 403 404 404 403 403 404 403 404 403 404 302",
            "records:images records:image records:image_viewer records:report_earlier records:report_original",
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
            "records:own records:own_entries records:own_export records:own_reports",
        ),
        (
            "200 403 403 200 403 200 200 403 403 403 403 403 403 200 302",
            "records:own_new records:own_report_new",
        ),
        (
            "200 403 403 200 403 404 200 403 403 200 403 200 403 404 302",
            "records:own_entry records:own_report records:own_page",
        ),
        (
            "200 403 403 200 403 404 200 403 403 403 403 403 403 404 302",
            "records:own_correct",
        ),
        (
            "404 403 403 404 403 404 404 403 403 404 403 404 403 404 302",
            "records:own_strike records:own_report_strike",
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
            "records:health_links records:health_link_new",
        ),
        (
            "404 403 403 403 403 404 302 403 403 403 403 403 403 404 302",
            "records:health_link_revoke",
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
            "records:verify records:shared_link records:health_link_file",
        ),
    ],
    "预约": [
        (
            "200约 200约 403 403 403 404 200约 403 200约 200约 403 403 403 404 302",
            "appointments:cancel appointments:calendar",
        ),
        (
            "200约 200约 403 403 403 200 200约 403 200约 200约 403 403 403 200 302",
            "appointments:confirm appointments:bookings",
        ),
        (
            "200 200 403 403 403 404 200 403 200 200 403 403 403 404 302",
            "appointments:booking",
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
            "staff:accounts staff:new_account staff:export staff:account staff:give_role",
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
            "staff:emergency staff:follow_through staff:critical",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 200 404 302",
            "staff:gallery",
        ),
        (
            "404 404 404 404 404 404 404 404 403 404 404 404 403 404 302",
            "staff:follow_through_case staff:critical_case",
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
    "工作台：管理": [
        (
            "404 404 404 404 404 404 403 403 403 403 200 200 403 404 302",
            "admin:records_dispute_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 404 404 403 404 302",
            "admin:records_dispute_change",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 403 404 302",
            "admin:autocomplete admin:appointments_booking_add admin:appointments_rule_add admin:records_dispute_add "
            "admin:exchange_codemapping_changelist admin:exchange_codemapping_add "
            "admin:exchange_codemapping_change admin:exchange_held_changelist admin:exchange_held_add "
            "admin:exchange_held_change admin:exchange_pull_add admin:exchange_source_add "
            "admin:exchange_releasepolicy_add admin:records_recognitionrule_add admin:records_qualitymark_add "
            "admin:records_nextstep_add admin:records_scheduleddose_add admin:exchange_criticallimit_add "
            "admin:exchange_source_columns "
            "admin:facilities_department_add admin:facilities_facility_changelist admin:facilities_facility_add "
            "admin:facilities_facility_change admin:facilities_membership_add admin:facilities_practitioner_add "
            "admin:foundation_datedsetting_add admin:health_education_article_changelist "
            "admin:health_education_article_add "
            "admin:health_education_revision_changelist admin:health_education_revision_add "
            "admin:health_education_topic_changelist admin:health_education_topic_add "
            "admin:health_education_failedsearch_changelist admin:health_education_failedsearch_add "
            "admin:health_education_failedsearch_change admin:health_education_synonymgroup_changelist "
            "admin:health_education_synonymgroup_add admin:health_education_synonymgroup_change "
            "admin:health_education_themeday_changelist admin:health_education_themeday_add "
            "admin:health_education_themeday_change "
            "admin:health_education_feedback_changelist admin:health_education_feedback_add "
            "admin:health_education_feedback_change "
            "admin:health_education_medium_changelist admin:health_education_medium_add "
            "admin:health_education_medium_change admin:health_education_medium_files "
            "admin:health_education_topic_change admin:residents_accesscase_add admin:residents_consenttext_add "
            "admin:health_education_revision_worklist admin:health_education_revision_compare "
            "admin:health_education_revision_phones admin:health_education_article_import "
            "admin:health_education_bannedclaim_changelist admin:health_education_bannedclaim_add "
            "admin:health_education_bannedclaim_change admin:health_education_reviewerspeciality_changelist "
            "admin:health_education_reviewerspeciality_add admin:health_education_reviewerspeciality_change "
            "admin:residents_correction_add admin:exchange_fold_add "
            + " ".join(
                f"admin:exchange_{model}_{page}"
                for model in ("unmapped", "unitalias", "replay", "replaydifference")
                for page in ("changelist", "add", "change")
            ),
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 404 404 302",
            "admin:exchange_pull_change admin:exchange_source_change admin:facilities_membership_change "
            "admin:exchange_source_credentials admin:exchange_source_onboarding "
            "admin:exchange_releasepolicy_change admin:exchange_criticallimit_change "
            "admin:records_recognitionrule_change admin:records_qualitymark_change admin:records_nextstep_change "
            "admin:records_scheduleddose_change "
            "admin:foundation_datedsetting_change admin:residents_accesscase_change "
            "admin:residents_consenttext_change",
        ),
        (
            "404 404 404 404 404 404 403 403 403 403 403 403 200 404 302",
            "admin:exchange_pull_changelist admin:exchange_source_changelist "
            "admin:exchange_releasepolicy_changelist admin:exchange_criticallimit_changelist "
            "admin:records_nextstep_changelist admin:records_recognitionrule_changelist "
            "admin:records_qualitymark_changelist admin:records_scheduleddose_changelist "
            "admin:facilities_membership_changelist admin:foundation_datedsetting_changelist "
            "admin:residents_accesscase_changelist admin:residents_consenttext_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 403 403 403 404 302",
            "admin:appointments_rule_changelist admin:appointments_session_add "
            "admin:facilities_department_changelist admin:facilities_practitioner_changelist "
            "admin:residents_correction_changelist admin:exchange_fold_changelist",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 403 403 403 404 302",
            "admin:appointments_rule_change admin:facilities_department_change "
            "admin:facilities_practitioner_change admin:residents_correction_change admin:exchange_fold_change",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 302",
            "admin:health_education_medium_upload admin:health_education_medium_end "
            "admin:health_education_revision_step admin:health_education_revision_change "
            "admin:health_education_article_step admin:health_education_article_change",
        ),
        (
            "404 404 404 404 404 404 200 200 404 200 404 404 404 404 302",
            "admin:app_list",
        ),
        (
            "404 404 404 404 404 404 403 403 404 403 404 404 403 404 302",
            "admin:appointments_booking_change admin:appointments_session_change",
        ),
        (
            "404 404 404 404 404 404 403 403 200 403 200 200 403 404 302",
            "admin:appointments_booking_changelist admin:appointments_session_changelist",
        ),
        (
            "404 404 404 404 404 404 200 200 200 200 200 200 200 404 302",
            "admin:index admin:jsi18n",
        ),
    ],
    "给程序用的接口": access_api.ANSWERS,
}


GROUPS: dict[str, dict[str, dict[str, str]]] = {
    area: {name: dict(zip(COLUMNS, answers.split(), strict=True)) for answers, names in pairs for name in names.split()}
    for area, pairs in ANSWERS.items()
}
EXPECTED = {name: answers for rows in GROUPS.values() for name, answers in rows.items()}
