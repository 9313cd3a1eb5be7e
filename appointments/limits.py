"""How fast one may try for a place: against programs, never against people who share an address.

Every try counts for its account. It counts for its address only from the moment on when the account itself has tried
more often than people do: a hundred patients behind a hospital's one address count for nothing, a
hundred accounts that a program drives from one address soon do. Kiosks and shared addresses never count.
"""

from datetime import UTC, datetime

from appointments.refusals import TooFast
from foundation.counting import one_more
from foundation.crypto import digest
from foundation.dated import register, setting
from residents.access import Viewer
from residents.idle import is_shared
from residents.lockout import line_of

ACCOUNT = register(
    "appointments.tries_per_account", [[15, 1]], "同一账号预约、登记抽签的次数上限（每项为：次数、分钟）"
)
CALM = register("appointments.calm_tries", 3, "同一账号（按上一项的时间）试几次以内，不计入网络地址")
ADDRESS = register(
    "appointments.hasty_tries_per_address",
    [[60, 1]],
    "同一网络地址上，超过平常次数的预约尝试的上限（每项为：次数、分钟）；多人共用的地址不限",
)


def count_try(viewer: Viewer, now: datetime) -> None:
    """Count a try for a place; raises `TooFast` when there were too many. For people who book by themselves."""
    tries = max(_count(f"{ACCOUNT}:{viewer.account_id}", setting(ACCOUNT, now), now))
    if tries > setting(CALM, now) and not is_shared(viewer.address, now):
        _count(f"{ADDRESS}:{line_of(viewer.address or '::')}", setting(ADDRESS, now), now)


def _count(name: str, rules: list[list[int]], now: datetime) -> list[int]:
    """One more under each rule, and how many there are; raises `TooFast` beyond the first that is full."""
    counts = []
    for amount, minutes in rules:
        counts.append(_add(name, minutes, now))
        if counts[-1] > amount:
            length = minutes * 60
            raise TooFast(datetime.fromtimestamp((now.timestamp() // length + 1) * length, UTC))
    return counts


def _add(name: str, minutes: int, now: datetime) -> int:
    """One more in this stretch of time; how many there are. The key tells neither account nor address."""
    length = minutes * 60
    return one_more(f"tries:{digest(f'{name}:{length}:{now.timestamp() // length}').hex()}", length)
