"""我的."""

from django.urls import path

from residents import (
    authority_views,
    consent_views,
    hearing_views,
    helper_code_views,
    looking_views,
    message_views,
    session_views,
    views,
)
from residents.connected import views as connected
from residents.family import guardian_views
from residents.family import views as family_views
from residents.my_data import views as my_data
from residents.registration import phone_views

app_name = "residents"

urlpatterns = [
    path("", views.me, name="me"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_all_notices, name="read_all_notices"),
    path("notices/<uuid:notice>/", views.open_notice, name="open_notice"),
    path("messages/", message_views.message_choices, name="messages"),
    path("messages/results/", hearing_views.hear, name="hear"),
    path("access-log/", looking_views.access_log, name="access_log"),
    path("access-log/ask/", looking_views.ask_about_access, name="ask_about_access"),
    path("sign-ins/", session_views.sign_ins, name="sign_ins"),
    path("sign-ins/end/", session_views.end_sign_in, name="end_sign_in"),
    path("sign-ins/end-others/", session_views.end_other_sign_ins, name="end_other_sign_ins"),
    path("sign-ins/stay/", session_views.stay, name="stay"),
    path("bindings/", authority_views.bindings, name="bindings"),
    path("bindings/waiting/", authority_views.bind_pending, name="bind_pending"),
    path("bindings/<slug:key>/end/", authority_views.unbind, name="unbind"),
    path("data/", my_data.my_data, name="my_data"),
    path("data/json/", my_data.take_json, name="take_json"),
    path("data/pdf/", my_data.take_pdf, name="take_pdf"),
    path("data/correction/", my_data.ask_for_correction, name="ask_for_correction"),
    path("data/close/", my_data.close_account, name="close_account"),
    path("consents/", consent_views.consents, name="consents"),
    path("consents/give/", consent_views.give_consents, name="give_consents"),
    path("consents/<slug:purpose>/withdraw/", consent_views.withdraw_consent, name="withdraw_consent"),
    path("family/", family_views.family, name="family"),
    path("family/invite/", family_views.invite, name="invite_delegate"),
    path("family/invitations/<uuid:invitation_id>/", family_views.invitation, name="invitation"),
    path(
        "family/invitations/<uuid:invitation_id>/withdraw/",
        family_views.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("family/accept/", family_views.accept, name="accept_delegation"),
    path("family/act/", family_views.act, name="act"),
    path("family/guardian/", guardian_views.apply, name="apply_as_guardian"),
    path("family/guardian/<uuid:guardianship_id>/withdraw/", guardian_views.withdraw, name="withdraw_guardianship"),
    path("family/<uuid:delegation_id>/end/", family_views.end_delegation, name="end_delegation"),
    path("family/<uuid:delegation_id>/agree/", family_views.agree, name="agree_to_guardian"),
    path("family/<uuid:delegation_id>/keep/", family_views.keep, name="keep_helping"),
    path("programs/", connected.programs, name="programs"),
    path("programs/<uuid:connection>/end/", connected.end_program, name="end_program"),
    path("helper-code/", helper_code_views.helper_code, name="helper_code"),
    path("phone/", phone_views.change, name="phone"),
    path("phone/confirm/", phone_views.confirm, name="phone_confirm"),
    path("pin/", phone_views.pin, name="pin"),
    path("display/", views.display, name="display"),
    path("acting/stop/", views.stop_acting, name="stop_acting"),
]
