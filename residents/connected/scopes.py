"""What a program may ask for: SMART scopes, one for each kind of entry, in a resident's words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LAUNCH, OFFLINE = "launch/patient", "offline_access"
# SMART App Launch 2: `rs` reads and searches; `read` is what version 1 called both.
_SCOPE = re.compile(r"patient/(?P<kind>[A-Za-z]+|\*)\.(?P<verb>read|rs|r|s)")
# RFC 8252, section 7.1: a reversed domain name, so that no other app takes it by accident.
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)+")


@dataclass(frozen=True)
class Kind:
    """A kind of entry: FHIR's name for it, what a resident calls it, and what is in it."""

    name: str
    title: str | Promise
    note: str | Promise


class Kinds(tuple[Kind, ...]):
    """The kinds in the order in which a resident is asked."""

    def choices(self) -> list[tuple[str, str | Promise]]:
        """For a form: FHIR's name and the words."""
        return [(kind.name, kind.title) for kind in self]

    def called(self, name: str) -> Kind | None:
        """The kind with FHIR's name."""
        return next((kind for kind in self if kind.name == name), None)


KINDS = Kinds(
    (
        Kind("Patient", gettext_lazy("姓名、性别和出生日期"), gettext_lazy("不含证件号码、手机号和住址")),
        Kind("Observation", gettext_lazy("检验项目和测量值"), gettext_lazy("如血糖、血脂、血压、身高体重")),
        Kind("DiagnosticReport", gettext_lazy("检查检验报告"), gettext_lazy("化验单、影像、心电、病理报告的结论")),
        Kind("Condition", gettext_lazy("诊断和慢性病"), gettext_lazy("医生写下的诊断")),
        Kind("MedicationStatement", gettext_lazy("用药"), gettext_lazy("药名、用法和起止时间")),
        Kind("AllergyIntolerance", gettext_lazy("过敏"), gettext_lazy("对什么过敏、有什么反应")),
        Kind("Immunization", gettext_lazy("预防接种"), gettext_lazy("打过哪些疫苗、什么时候")),
        Kind("Encounter", gettext_lazy("就诊"), gettext_lazy("什么时候在哪家机构看过病、住过院")),
        Kind("Procedure", gettext_lazy("手术和操作"), gettext_lazy("做过的手术和治疗操作")),
        Kind("DocumentReference", gettext_lazy("医疗文书"), gettext_lazy("出院小结、门诊病历等文书")),
    )
)


def asked_for(scope: str, allowed: Sequence[str]) -> list[str] | None:
    """The scopes that `scope` asks for, one for each kind, `*` written out; None where any may not be asked for.

    `allowed` are the kinds that the bureau lets this program ask for.
    """
    found: list[str] = []
    for word in scope.split():
        names = _names(word, allowed)
        if names is None:
            return None
        found += [name for name in names if name not in found]
    return found if any(one.startswith("patient/") for one in found) else None


def _names(word: str, allowed: Sequence[str]) -> list[str] | None:
    if word in {LAUNCH, OFFLINE}:
        return [word]
    parts = _SCOPE.fullmatch(word)
    if parts is None:
        return None
    if parts["kind"] == "*":
        return [f"patient/{kind.name}.{parts['verb']}" for kind in KINDS if kind.name in allowed]
    known = KINDS.called(parts["kind"]) is not None and parts["kind"] in allowed
    return [word] if known else None


def kinds_in(scopes: Iterable[str]) -> list[Kind]:
    """The kinds of entry that the scopes open, in the order of asking."""
    names = {parts["kind"] for scope in scopes if (parts := _SCOPE.fullmatch(scope))}
    return [kind for kind in KINDS if kind.name in names]


def lasts(scopes: Iterable[str]) -> bool:
    """Whether the program may go on while nobody looks."""
    return OFFLINE in scopes


def only(scopes: Sequence[str], kinds: Iterable[str], *, lasting: bool) -> list[str]:
    """The scopes without the kinds that were unticked, and without going on where that was."""
    wanted = set(kinds)
    return [
        scope
        for scope in scopes
        if (scope == LAUNCH)
        or (scope == OFFLINE and lasting)
        or ((parts := _SCOPE.fullmatch(scope)) is not None and parts["kind"] in wanted)
    ]


def offered() -> list[str]:
    """Every scope there is, for the metadata: both versions' spelling."""
    return [LAUNCH, OFFLINE, *[f"patient/{kind.name}.{verb}" for kind in KINDS for verb in ("rs", "r", "s", "read")]]


def check_redirects(addresses: Sequence[str]) -> None:
    """Raise ValidationError unless codes may be sent to each of these addresses (RFC 9700, section 2.1)."""
    for address in addresses:
        if not may_be_sent_to(address):
            raise ValidationError(_("回调地址不能用：%(address)s") % {"address": address})


def may_be_sent_to(address: str) -> bool:
    """https anywhere, http on the device itself, or an app's own scheme; no user, no fragment, no wildcard."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if parts.fragment or "#" in address or "*" in address or parts.username or parts.password or " " in address:
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host in {"127.0.0.1", "::1"}
    return bool(_OWN_SCHEME.fullmatch(parts.scheme))


def origin_of(address: str) -> str:
    """The part of a redirect address that a content security policy names."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
