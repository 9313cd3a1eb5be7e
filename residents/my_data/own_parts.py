"""What this room itself holds about a person."""

from django.utils.translation import gettext_lazy as _

from residents.models import (
    AccessCase,
    AccessEvent,
    Account,
    Binding,
    Connection,
    Consent,
    Correction,
    Delegation,
    Hearing,
    Identifier,
    MessageChoice,
    Notice,
    Resident,
    Verification,
)
from residents.my_data.parts import register


def register_all() -> None:
    """Called once, when Django has loaded the models."""
    register(
        "person",
        _("个人基本信息"),
        Resident,
        lambda viewer: Resident.objects.filter(pk=viewer.resident_id).select_related("facility"),
        ("name", "sex", "birth_date", "phone", "address", "facility", "created_at"),
    )
    register(
        "documents",
        _("证件"),
        Identifier,
        lambda viewer: Identifier.objects.visible_to(viewer),
        ("kind", "value", "created_at"),
    )
    register(
        "account",
        _("门户账号"),
        Account,
        lambda viewer: Account.objects.filter(pk=viewer.account_id, resident=viewer.resident_id),
        ("name", "phone", "phone_verified_at", "display_mode", "created_at"),
    )
    register(
        "proofs",
        _("实名核验"),
        Verification,
        lambda viewer: Verification.objects.filter(
            account=viewer.account_id, account__resident=viewer.resident_id
        ).order_by("verified_at"),
        ("level", "method", "verified_at", "valid_until", "revoked_at"),
    )
    register(
        "consents",
        _("授权同意"),
        Consent,
        lambda viewer: Consent.objects.of(viewer.resident_id).select_related("text").order_by("given_at"),
        ("purpose", "text", "given_at", "withdrawn_at"),
    )
    _register_dealings()


def _register_dealings() -> None:
    register(
        "delegates",
        _("替我办理的人"),
        Delegation,
        lambda viewer: Delegation.objects.about(viewer.resident_id).order_by("created_at"),
        ("relation", "scope", "state", "starts_at", "ends_at", "ended_at"),
    )
    register(
        "hearings",
        _("结果怎样告诉我"),
        Hearing,
        lambda viewer: Hearing.objects.filter(resident_id=viewer.resident_id).order_by("started_at"),
        ("category", "way", "started_at", "ended_at"),
    )
    register(
        "notices",
        _("消息"),
        Notice,
        lambda viewer: Notice.objects.visible_to(viewer).newest_first(),
        ("kind", "created_at", "read_at"),
    )
    register(
        "access_events",
        _("访问记录"),
        AccessEvent,
        lambda viewer: AccessEvent.objects.visible_to(viewer).newest_first(),
        ("at", "actor_name", "capacity", "action", "purpose", "address"),
    )
    _register_wishes()


def _register_wishes() -> None:
    register(
        "message_choices",
        _("通知方式"),
        MessageChoice,
        lambda viewer: MessageChoice.objects.filter(resident=viewer.resident_id).order_by("template", "channel"),
        ("template", "channel", "wanted", "changed_at"),
    )
    register(
        "corrections",
        _("更正申请"),
        Correction,
        lambda viewer: Correction.objects.of(viewer.resident_id).select_related("facility"),
        ("asked_at", "facility", "subject", "text", "verdict", "answer", "answered_at"),
    )
    register(
        "access_cases",
        _("访问疑问"),
        AccessCase,
        lambda viewer: AccessCase.objects.of(viewer.resident_id).order_by("opened_at"),
        ("opened_at", "actor_name", "first_at", "remark", "verdict", "answer", "answered_at"),
    )
    register(
        "bindings",
        _("微信和身份平台绑定"),
        Binding,
        lambda viewer: Binding.objects.filter(account=viewer.account_id, account__resident=viewer.resident_id).order_by(
            "bound_at"
        ),
        ("authority", "bound_at", "used_at", "ended_at"),
    )
    register(
        "connections",
        _("授权的应用"),
        Connection,
        lambda viewer: (
            Connection.objects.filter(resident=viewer.resident_id).select_related("program").order_by("given_at")
        ),
        ("program", "scopes", "given_at", "expires_at", "used_at", "ended_at", "ending"),
    )
