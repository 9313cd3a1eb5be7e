"""The passcode of a health link: made here, or chosen by the person and not one that anybody would try first."""

import secrets
from datetime import date

SHORTEST, LONGEST = 6, 12


def new() -> str:
    """Six random figures, none that is easy to guess."""
    while True:
        code = f"{secrets.randbelow(10**SHORTEST):0{SHORTEST}d}"
        if not is_easy(code, None):
            return code


def is_easy(code: str, born: date | None) -> bool:
    """Whether it is among the first that a stranger would try: one figure, a run, a repeated pair, the birthday."""
    steps = {(int(two) - int(one)) % 10 for one, two in zip(code, code[1:], strict=False)}
    pairs = len(code) % 2 == 0 and len({code[place : place + 2] for place in range(0, len(code), 2)}) == 1
    days = {f"{born:%Y%m%d}", f"{born:%y%m%d}", f"{born:%d%m%Y}"} if born else set()
    return steps in ({0}, {1}, {9}) or pairs or any(day in code for day in days)
