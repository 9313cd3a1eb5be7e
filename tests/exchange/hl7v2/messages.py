"""Invented HL7 v2 messages of the demonstration county, and reading them."""

from typing import Any

from records.exchange.hl7v2 import translate
from records.exchange.translating import Setup
from tests.factories import id_number

CARD = id_number()
MSH = r"MSH|^~\&|LIS|COUNTY|PORTAL|YIXIAN|20261120093000||{kind}|MSG00001|P|{version}|||||CHN|{charset}"
PID = f"PID|1||10020137^^^HIS^PI~{CARD}^^^MPS^NI||贺^兰芳^^^^^L||19800101|M"
OBR = (
    "OBR|1|P77^HIS|L5001^LIS|CBC^血常规^L|||20261120081000||||||||BLD&血液|||||||20261120090000||LAB|F"
    "|||||||D09&钱&审核"
)
GLUCOSE = "OBX|1|NM|GLU^葡萄糖^L^2345-7^Glucose^LN||5.60|mmol/L|3.90-6.10|N|||F|||20261120081500|C01^检验科|T01^孙^检验"


def header(kind: str = "ORU^R01^ORU_R01", version: str = "2.5", charset: str = "UNICODE UTF-8") -> str:
    return MSH.format(kind=kind, version=version, charset=charset)


def text(*segments: str, end: str = "\r", **said: str) -> str:
    """A message with a header of its own, each segment ended by `end`."""
    return end.join([header(**said), *segments, ""])


def oru(*results: str, obr: str = OBR, pid: str = PID, **said: str) -> str:
    """A result message of one report."""
    return text(pid, obr, *results, **said)


def read(message: str | bytes, **setup: Any) -> list[dict[str, Any]]:
    """The resources in a message."""
    raw = message.encode() if isinstance(message, str) else message
    return [entry.resource for entry in translate(raw, Setup(**setup))]


def of(kind: str, message: str | bytes, **setup: Any) -> list[dict[str, Any]]:
    """The resources of one kind in a message."""
    return [resource for resource in read(message, **setup) if resource["resourceType"] == kind]


def one(kind: str, message: str | bytes, **setup: Any) -> dict[str, Any]:
    """The only resource of a kind in a message."""
    (found,) = of(kind, message, **setup)
    return found


def result(kind: str, value: str, unit: str = "", span: str = "", flag: str = "", status: str = "F") -> dict[str, Any]:
    """The Observation of one OBX."""
    return one("Observation", oru(f"OBX|1|{kind}|X1^项目^L||{value}|{unit}|{span}|{flag}|||{status}"))
