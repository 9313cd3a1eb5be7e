"""What everybody gets from the pages before a room: public ones, the home page, signing in."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "公开的页面": [
        (
            "200 200 200 200 200 200 200 200 200 200 200 200 200 200 200",
            "alive account_signup account_signup_done account_activate account_help account_help_topic "
            "account_inactive privacy privacy_for_children records:verify_form records:shared records:sources "
            "records:health_link_viewer appointments:facilities appointments:fairness "
            "appointments:find appointments:guide appointments:soonest appointments:department_days appointments:trip "
            "appointments:trip_plan "
            "appointments:departments appointments:practitioners appointments:days appointments:times "
            "health_education:articles health_education:article health_education:cards health_education:theme_days "
            "health_education:activities health_education:file "
            "health_education:activity health_education:activity_calendar health_education:poster "
            "health_education:feedback health_education:feedback_thanks health_education:on_this_device "
            "service_worker demo:outbox demo:codes",
        ),
        (
            "404 404 404 404 404 404 404 404 404 404 404 404 404 404 404",
            "sms_replies",
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
}
