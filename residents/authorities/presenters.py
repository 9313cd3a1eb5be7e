"""The wording of signing in through authorities: one neutral sentence for whatever does not fit."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.dated import setting
from residents.authorities import port, recognition
from residents.authorities.port import Authority, Failed, configured
from residents.models import Account, Binding


@dataclass(frozen=True)
class Way:
    """One authority as one's own page shows it: bound since when, or what to do."""

    key: str
    name: str | Promise
    note: str
    bound: Binding | None
    obstacle: str


def ways(account: Account, lines: dict[str, Binding], now: datetime) -> list[Way]:
    """Every authority of this county, bound or not."""
    return [
        Way(
            key=authority.key,
            name=authority.name,
            note=_note(authority, account, now),
            bound=lines.get(authority.key),
            obstacle=obstacle(authority, account, now),
        )
        for authority in configured().values()
    ]


def obstacle(authority: Authority, account: Account, now: datetime) -> str:
    """Why this account cannot be bound to an authority now; empty when it can."""
    if account.is_staff or account.resident_id is None:
        return _("工作人员账号不能这样登录，请用用户名和密码。")
    if not authority.knows_people and recognition.level_of(account, now) < recognition.L2:
        return _("要先核验身份才能绑定。请带身份证到就近的医院或卫生院窗口核验。")
    return ""


def sentence(authority: Authority, failure: Failed, now: datetime) -> str:
    """What went wrong, without saying about whom."""
    name = authority.name
    if isinstance(failure, port.Cancelled):
        return _("您在%(name)s取消了认证，没有登录。") % {"name": name}
    if isinstance(failure, port.NotFresh):
        return _("%(name)s这次没有请您重新认证。请先在那里退出登录，再从这里重新开始。") % {"name": name}
    if isinstance(failure, port.Unreachable):
        return _("%(name)s暂时没有应答。请稍后再试，或用证件号码登录。") % {"name": name}
    if isinstance(failure, recognition.NeedsGuardian):
        age = setting("delegation.consent_age", now)
        return _("未满%(age)d周岁的，由监护人办理：请监护人登录自己的账号，再替孩子办理。") % {"age": age}
    if isinstance(failure, recognition.Unbound):
        return _("这个%(name)s还没有绑定账号。请先用证件号码登录，再到“我的 → 微信与认证”里绑定。") % {"name": name}
    if isinstance(failure, recognition.NotRecognised):
        return _("这次认证不能打开账号。请用证件号码登录，或带身份证到就近的医院或卫生院窗口办理。")
    return _("这次认证没有成功，请从这里重新开始。")


def taken(authority: Authority) -> str:
    """The subject opens another account, or this account is opened by another subject."""
    return _("没有绑定：这个%(name)s已绑定另一个账号，或本账号已绑定另一个%(name)s。请先在原来的账号里解除绑定。") % {
        "name": authority.name
    }


def bound(authority: Authority) -> str:
    """What having bound it means."""
    if authority.knows_people:
        return _("已绑定。下次可以用%(name)s登录。") % {"name": authority.name}
    return _("已绑定。下次可以用%(name)s登录和预约；看健康档案和结果时，还要输一次密码或验证码。") % {
        "name": authority.name
    }


def renewed() -> str:
    """Everything but the authority has ended; what to do now."""
    return _(
        "身份已核验。为防止别人用您的旧手机号，原来的密码、手机号、通行密钥和微信绑定都已作废。"
        "请在“我的”里重新设置，并看一看“家人代办”里有没有您不认识的人。"
    )


def _note(authority: Authority, account: Account, now: datetime) -> str:
    if authority.knows_people and recognition.level_of(account, now) < recognition.L3:
        return _(
            "通过国家或省里的身份认证登录，不用记密码。第一次认证以后，为了安全，原来的密码、手机号、两步验证和其他"
            "设备上的登录都会失效，要重新设置。"
        )
    if authority.knows_people:
        return _("通过国家或省里的身份认证登录，不用记密码。")
    return _("在微信里点一下就能登录和预约。看健康档案和结果时，还要输一次密码或验证码。")
