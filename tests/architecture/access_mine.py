"""What everybody gets from the pages under 我的."""

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "我的": [
        (
            "200 200 200 200 200 200 403 403 403 403 403 403 403 200 302",
            "residents:phone residents:pin residents:access_log residents:my_data residents:take_pdf "
            "residents:ask_for_correction residents:close_account residents:consents residents:give_consents "
            "residents:withdraw_consent residents:bindings residents:family residents:invite_delegate "
            "residents:accept_delegation residents:apply_as_guardian residents:helper_code "
            "residents:hear",
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
}
