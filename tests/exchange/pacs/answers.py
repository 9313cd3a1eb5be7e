"""Studies as QIDO-RS lists them, small and invented."""

import json
from typing import Any

from tests.people import HELANFANG_NUMBER

Study = dict[str, Any]
UID = "1.2.826.0.1.3680043.8.498.1"


def value(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def study(uid: str = UID, **changes: Any) -> Study:
    """A chest CT of 贺兰芳; `changes` by tag (`t00100010=...`), None to leave one out."""
    card = {"00100020": value("LO", HELANFANG_NUMBER), "00100021": value("LO", "居民身份证")}
    members = {
        "00080005": value("CS", "ISO_IR 192"),
        "00080020": value("DA", "20261120"),
        "00080030": value("TM", "081000"),
        "00080050": value("SH", "R2026-118"),
        "00080061": value("CS", "CT"),
        "00081030": value("LO", "胸部CT平扫"),
        "00100010": value("PN", {"Alphabetic": "He^Lanfang", "Ideographic": "贺^兰芳"}),
        "00100020": value("LO", "P10020137"),
        "00100021": value("LO", "COUNTY"),
        "00100030": value("DA", "19570213"),
        "00100040": value("CS", "F"),
        "00101002": value("SQ", card),
        "0020000D": value("UI", uid),
        "00201206": value("IS", 2),
        "00201208": value("IS", 120),
    }
    members |= {tag.removeprefix("t"): given for tag, given in changes.items()}
    return {tag: given for tag, given in members.items() if given is not None}


def answer(*studies: Study) -> bytes:
    """The bytes of an answer."""
    return json.dumps(studies, ensure_ascii=False).encode()
