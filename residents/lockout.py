"""How often one may try to sign in, counted so that a stranger can slow nobody but himself down for long.

Tries are counted three times: for a number from one address (or one known device), for a number from everywhere, and
for an address with whatever numbers. Each counter keeps the instants of its tries in the cache that all processes
share, and says until when it is full. A number nobody has is counted like any other.
"""

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from allauth.core.internal.ratelimit import cache_lock
from django.core.cache import cache

from foundation.crypto import digest
from foundation.dated import register, setting

# Each rule is [how many tries, within how many minutes]; the second and third make the wait grow with stubbornness.
PAIR = register(
    "sign_in.tries_per_number_and_address",
    [[5, 15], [15, 120], [30, 1440]],
    "同一号码在同一设备或地址的登录失败上限（每项为：次数、分钟）",
)
NUMBER = register("sign_in.tries_per_number", [[5, 15]], "同一号码在陌生设备上的登录失败上限（每项为：次数、分钟）")
ADDRESS = register("sign_in.tries_per_address", [[20, 1]], "同一网络地址的登录失败上限（每项为：次数、分钟）")
SHARED = register(
    "sign_in.tries_per_shared_address", [[200, 1]], "自助机和多人共用的网络地址的登录失败上限（每项为：次数、分钟）"
)
CODES = register(
    "sign_in.codes_per_number", [[1, 1], [5, 60], [10, 1440]], "同一号码获取验证码的上限（每项为：次数、分钟）"
)
CODES_ADDRESS = register("sign_in.codes_per_address", [[20, 1]], "同一网络地址获取验证码的上限（每项为：次数、分钟）")
CODES_SHARED = register(
    "sign_in.codes_per_shared_address", [[100, 1]], "自助机和多人共用的网络地址获取验证码的上限（每项为：次数、分钟）"
)


class Locked(Exception):
    """Too many tries; `until` is when the next one is taken."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


@dataclass(frozen=True)
class Counter:
    """What is counted, and the dated setting with its rules."""

    name: str
    rules: str

    @property
    def key(self) -> str:
        """Where the cache keeps it; tells neither number nor address."""
        return f"lockout:{digest(self.rules + self.name).hex()}"

    def take(self, now: datetime) -> datetime | None:
        """Count one try and return None, or return when the next try will be taken."""
        rules = [(amount, timedelta(minutes=minutes)) for amount, minutes in setting(self.rules, now)]
        longest = max(length for _amount, length in rules)
        with cache_lock(self.key) as alone:
            if not alone:
                return now + timedelta(seconds=1)  # so many at once that counting would lose some
            tries = self._tries(now - longest)
            full = [tries[-amount] + length for amount, length in rules if _is_full(tries, amount, length, now)]
            if not full:
                cache.set(self.key, [moment.timestamp() for moment in [*tries, now]], longest.total_seconds())
        return max(full, default=None)

    def give_back(self, now: datetime) -> None:
        """Forget the try counted at `now`: it was the right word."""
        with cache_lock(self.key) as alone:
            if alone:
                kept = [stamp for stamp in cache.get(self.key, []) if stamp != now.timestamp()]
                cache.set(self.key, kept, 86400)

    def _tries(self, since: datetime) -> list[datetime]:
        """The instants of the tries after `since`, oldest first."""
        moments = [datetime.fromtimestamp(stamp, UTC) for stamp in cache.get(self.key, [])]
        return [moment for moment in moments if moment > since]


def _is_full(tries: list[datetime], amount: int, length: timedelta, now: datetime) -> bool:
    return len(tries) >= amount and tries[-amount] + length > now


@dataclass
class Ticket:
    """One try, counted wherever it counts; given back when the word was right."""

    counters: list[Counter]
    now: datetime
    _taken: list[Counter] = field(default_factory=list)

    def take(self) -> "Ticket":
        """Count the try; raises Locked when any counter is full, and then counts nothing."""
        for counter in self.counters:
            if until := counter.take(self.now):
                self.give_back()
                raise Locked(until)
            self._taken.append(counter)
        return self

    def give_back(self) -> None:
        """Forget the try."""
        for counter in self._taken:
            counter.give_back(self.now)
        self._taken.clear()


def line_of(address: str) -> str:
    """What counts as one address: of version 6 the first 64 bits, as every line has all of the rest for itself."""
    found = ipaddress.ip_address(address)
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def password_ticket(*, number: str, address: str, shared: bool, device: str, now: datetime) -> Ticket:
    """A try with a password. `device` is the key of a device known for this very account, else empty.

    A known device is counted for itself: what strangers do with the number elsewhere does not concern it.
    """
    line = line_of(address)
    counters = [Counter(line, SHARED if shared else ADDRESS)]
    if device:
        counters.append(Counter(f"{number}:device:{device}", PAIR))
    else:
        counters += [Counter(f"{number}:address:{line}", PAIR), Counter(number, NUMBER)]
    return Ticket(counters, now)


def code_ticket(*, number: str, address: str, shared: bool, device: str, now: datetime) -> Ticket:
    """A wish for a code by SMS; a known device has a share of its own, so that strangers cannot use it up."""
    name = f"{number}:device:{device}" if device else number
    return Ticket([Counter(line_of(address), CODES_SHARED if shared else CODES_ADDRESS), Counter(name, CODES)], now)


def factor_ticket(*, account: str, address: str, shared: bool, now: datetime) -> Ticket:
    """A try with a second factor, or with the password inside a session: only who has the first gets that far."""
    return Ticket([Counter(line_of(address), SHARED if shared else ADDRESS), Counter(f"factor:{account}", PAIR)], now)
