"""Which browser this is: a long-lived cookie for recognising it, and words for showing it to its owner."""

import ipaddress
import re
import secrets
from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.crypto import digest
from residents import messages
from residents.models import Account, KnownDevice, Notice

TWO_YEARS = 2 * 365 * 24 * 3600

PROGRAMS = {
    "wechat": (re.compile("MicroMessenger"), _("微信")),
    "edge": (re.compile("Edg/"), _("Edge 浏览器")),
    "firefox": (re.compile("Firefox/"), _("火狐浏览器")),
    "huawei": (re.compile("HuaweiBrowser/"), _("华为浏览器")),
    "uc": (re.compile("UCBrowser/"), _("UC 浏览器")),
    "qq": (re.compile("MQQBrowser/|QQBrowser/"), _("QQ 浏览器")),
    "chrome": (re.compile("Chrome/"), _("Chrome 浏览器")),
    "safari": (re.compile("Safari/"), _("Safari 浏览器")),
}
MACHINES = {
    "ipad": (re.compile("iPad"), _("苹果平板")),
    "iphone": (re.compile("iPhone"), _("苹果手机")),
    "harmony": (re.compile("OpenHarmony|HarmonyOS"), _("鸿蒙手机")),
    "android": (re.compile("Android"), _("安卓手机")),
    "windows": (re.compile("Windows"), _("Windows 电脑")),
    "mac": (re.compile("Macintosh"), _("苹果电脑")),
    "linux": (re.compile("Linux|X11"), _("Linux 电脑")),
}


def cookie_name() -> str:
    """The cookie's name: bound to the host once HTTPS is on, like every cookie of the portal."""
    return f"{settings.PREFIX}device"


def key_of(request: HttpRequest) -> str:
    """The random key in this browser's cookie; empty when there is none or somebody made it up."""
    try:
        return Signer(salt="device").unsign(request.COOKIES.get(cookie_name(), ""))
    except BadSignature:
        return ""


def known_key(request: HttpRequest, username: str) -> str:
    """This browser's key when the account signed in here before, else empty; asks the same for a name nobody has."""
    key = key_of(request)
    known = KnownDevice.objects.filter(account__username=username, key_hash=digest(key)).exists()
    return key if known else ""


def remember(request: HttpRequest, response: HttpResponse, account: Account, now: datetime) -> bool:
    """Note that the account signed in here, and give the browser its cookie; True for a device not seen before.

    The very first device of an account is no news to its owner.
    """
    key = key_of(request) or secrets.token_urlsafe(32)
    first = not KnownDevice.objects.filter(account=account).exists()
    device, is_new = KnownDevice.objects.update_or_create(
        account=account,
        key_hash=digest(key),
        defaults={"last_seen_at": now},
        create_defaults={"first_seen_at": now, "last_seen_at": now},
    )
    response.set_cookie(
        cookie_name(),
        Signer(salt="device").sign(key),
        max_age=TWO_YEARS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    if first or not is_new:
        return False
    if account.resident_id:
        messages.notify(resident_id=account.resident_id, kind=Notice.Kind.NEW_DEVICE, subject_id=device.pk, now=now)
    return True


def forget_others(request: HttpRequest, account: Account) -> None:
    """Recognise only this browser from now on: after a changed password."""
    KnownDevice.objects.filter(account=account).exclude(key_hash=digest(key_of(request))).delete()


def kind_of(request: HttpRequest) -> str:
    """Program and machine in two words that `words` knows, e.g. `wechat android`; never the whole user agent."""
    agent = request.headers.get("User-Agent", "")
    program = next((name for name, (pattern, _words) in PROGRAMS.items() if pattern.search(agent)), "")
    machine = next((name for name, (pattern, _words) in MACHINES.items() if pattern.search(agent)), "")
    return f"{program} {machine}".strip()


def words(kind: str) -> list[str | Promise]:
    """What `kind_of` found, in the reader's language."""
    found: list[str | Promise] = [said for name in kind.split() for said in _said(name)]
    return found or [_("没有认出的设备")]


def _said(name: str) -> list[str | Promise]:
    return [table[name][1] for table in (PROGRAMS, MACHINES) if name in table]


def masked_address(address: str | None) -> str:
    """An address of which the last part is hidden: enough to recognise one's own network."""
    if not address:
        return ""
    if ipaddress.ip_address(address).version == 4:
        return address.rpartition(".")[0] + ".*"
    return ":".join(ipaddress.ip_address(address).exploded.split(":")[:3]) + ":*"
