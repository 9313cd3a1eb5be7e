"""Two people for trying the counter: one holds a slip with an unused code, one's number was claimed on line."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from facilities.models import Facility
from portal.demo import people
from residents import documents
from residents.models import Account, ActivationCode, Identifier, Resident, Verification
from residents.registration.codes import in_fours, slip_index
from residents.registration.counter import pinyin

CODE = "GAMR3NEW"
DAYS = timedelta(days=7)
WITH_A_SLIP = people.Resident("sun_laifu", "孙来福", date(1953, 4, 8), 61, None, "青石镇清水村", "刚从窗口拿到激活码")
CLAIMED = people.Resident(
    "zheng_shouyi", "郑守义", date(1966, 10, 19), 75, None, "青石镇石门村", "号码被人在网上登记了"
)
CLAIMANT, CLAIMANT_PHONE = "郑手义", "19900000021"


def seed_counter(facility: Facility, password: str, now: datetime) -> None:
    """Both of them, once; the slip is good for seven days from each start."""
    _seed_slip(_seen(WITH_A_SLIP, facility, now), facility, now)
    _seen(CLAIMED, facility, now)
    _seed_claim(password, now)


def lines() -> list[str]:
    """What to try, for the console."""
    return [
        f"  窗口开通：登录工作台→窗口开通，输入 {CLAIMED.id_number}（号码被人在网上登记了，可以接管）",
        f"  激活码：{WITH_A_SLIP.name} {WITH_A_SLIP.id_number} 激活码 {in_fours(CODE)}  入口 /accounts/activate/",
    ]


def _seen(item: people.Resident, facility: Facility, now: datetime) -> Resident:
    """A person the township knows, without an account."""
    document = documents.read(item.id_number, timezone.localdate(now))
    known = Identifier.objects.filter(kind=document.kind, index=document.index, claimed=False).first()
    return known.resident if known else _new(item.name, document, facility=facility, address=item.village)


def _seed_slip(person: Resident, facility: Facility, now: datetime) -> None:
    used = ActivationCode.objects.filter(resident=person, used_at__isnull=False)
    if used.exists():
        return
    ActivationCode.objects.filter(resident=person).delete()
    ActivationCode.objects.create(
        resident=person,
        facility=facility,
        level=ActivationCode.Level.VERIFIED,
        code_hash=bytes(slip_index(CODE)),
        issued_by=Account.objects.get(username="zhangqiantai").pk,
        issued_at=now,
        expires_at=now + DAYS,
    )


def _seed_claim(password: str, now: datetime) -> None:
    if Resident.objects.filter(name=CLAIMANT, provisional=True).exists():
        return
    document = documents.read(CLAIMED.id_number, timezone.localdate(now))
    person = _new(CLAIMANT, document, claimed=True, provisional=True)
    account = Account.objects.create_user(
        None, password, name=CLAIMANT, resident=person, phone=CLAIMANT_PHONE, phone_verified_at=now
    )
    Verification.objects.create(account=account, level=1, method=Verification.Method.SELF, verified_at=now)


def _new(name: str, document: documents.Document, *, claimed: bool = False, **fields: object) -> Resident:
    facts = {"sex": document.sex, "birth_date": document.birth_date, "name_pinyin": pinyin(name)}
    person = Resident.objects.create(name=name, **facts, **fields)
    Identifier.objects.create(
        resident=person, kind=document.kind, value=document.number, index=document.index, claimed=claimed
    )
    return person
