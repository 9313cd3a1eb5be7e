"""How often, how many, how long: the dated settings of registration, and the counters behind them."""

from datetime import datetime

from django.http import HttpRequest

from foundation.dated import register, setting
from residents.access import address_of
from residents.idle import is_shared
from residents.lockout import Counter, Ticket, line_of
from residents.phones import phone_index

PHONE = register(
    "registration.codes_per_phone",
    [[1, 1], [5, 60], [10, 1440]],
    "注册、换号时同一手机号获取验证码的上限（每项为：次数、分钟）",
)
ADDRESS = register(
    "registration.tries_per_address",
    [[20, 1], [100, 60]],
    "同一网络地址注册、激活的次数上限（每项为：次数、分钟）",
)
SHARED = register(
    "registration.tries_per_shared_address",
    [[100, 1]],
    "自助机和多人共用的网络地址注册、激活的次数上限（每项为：次数、分钟）",
)
CODE = register("registration.tries_per_code", [[5, 10]], "同一条短信验证码最多可以输错的次数（每项为：次数、分钟）")
NUMBER = register(
    "activation.tries_per_number_and_address",
    [[5, 15], [15, 1440]],
    "同一号码在同一网络地址输入激活码的上限（每项为：次数、分钟）",
)
CODE_MINUTES = 5  # as the text of the SMS says
ERRAND_MINUTES = 15

# Read by the database (migration 0009).
register("identity.claims_per_phone", 5, "同一手机号最多可以自行登记几个人")
# Not five: whoever knows a number would void its owner's slip. Of 36 bits two hundred tries are nothing.
register("activation.tries", 200, "激活码在各处一共最多可以输错几次")
SLIP_DAYS = register("activation.days", 7, "激活码印出后多少天内有效")
CARD_DAYS = register("activation.card_days", 365, "帮办卡多少天内有效")
COUNTER_DAYS = register("identity.counter_days", 0, "窗口核验的实名等级多少天后要重新核验（0 为长期有效）")
DORMANT_DAYS = register("phones.dormant_days", 180, "手机号多少天没有用验证码登录后，仅凭验证码不能登录")


def phone_ticket(request: HttpRequest, phone: str, now: datetime) -> Ticket:
    """A wish for a code to a number that was typed."""
    return Ticket([_address(request, now), Counter(phone_index(phone).hex(), PHONE)], now)


def code_ticket(nonce: str, now: datetime) -> Ticket:
    """A try with one code."""
    return Ticket([Counter(nonce, CODE)], now)


def activation_ticket(request: HttpRequest, index: bytes, now: datetime) -> Ticket:
    """A try with a slip's code: for the number from this address, whether or not anybody has it."""
    pair = Counter(f"{index.hex()}:{line_of(address_of(request))}", NUMBER)
    return Ticket([_address(request, now), pair], now)


def days(key: str, now: datetime) -> int:
    """A setting in days."""
    return int(setting(key, now))


def _address(request: HttpRequest, now: datetime) -> Counter:
    address = address_of(request)
    return Counter(line_of(address), SHARED if is_shared(address, now) else ADDRESS)
