"""Small invented CDA documents of the demo county, with the elements of WS/T 500 and WS/T 483."""

from datetime import date
from typing import Any

from records.exchange.bundles import Entry
from records.exchange.cda import translate
from records.exchange.mapping import MAPPINGS, patient
from records.exchange.translating import Setup
from records.exchange.values import Frame
from tests.factories import NOON, id_number

HER = id_number(date(1962, 3, 5), 12)
FRAME = Frame(now=NOON)
NAMES = 'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
TEMPLATES = {"C0004": 24, "C0005": 25, "C0006": 26, "C0007": 27, "C0053": 73}


def document(
    code: str,
    body: str,
    *,
    number: str = "DOC-1",
    role: str = '<id root="2.16.156.10011.1.11" extension="MZ0023"/>',
    person: str = '<birthTime value="19620305"/>',
    written: str = "20261120103000",
    head: str = "",
    visit: str = "",
    card: str = HER,
    sex: str = "2",
) -> str:
    """A document of a type, with its header."""
    template = f"2.16.156.10011.2.1.1.{TEMPLATES.get(code, 1)}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument {NAMES}>
  <realmCode code="CN"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_MT000040"/>
  <templateId root="{template}"/>
  <id root="2.16.156.10011.1.1" extension="{number}"/>
  <code code="{code}" codeSystem="2.16.156.10011.2.4"/>
  <effectiveTime value="{written}"/><confidentialityCode code="N"/>{head}
  <recordTarget><patientRole>{role}
    <patient><id root="2.16.156.10011.1.3" extension="{card}"/><name>贺兰芳</name>
      <administrativeGenderCode code="{sex}" codeSystem="2.16.156.10011.2.3.3.4"/>{person}</patient>
  </patientRole></recordTarget>
  <author><time value="20261120102000"/><assignedAuthor><assignedPerson><name>王医生</name></assignedPerson>
  </assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.156.10011.1.5" extension="TOWN"/>
    <name>镇卫生院</name></representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator><time/><assignedEntity><assignedPerson><name>李主任</name></assignedPerson></assignedEntity>
  </legalAuthenticator>{visit}
  <component><structuredBody>{body}</structuredBody></component>
</ClinicalDocument>"""


def section(code: str, *entries: str, title: str = "") -> str:
    """A section with its entries."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<component><section><code code="{code}" displayName="{title}"/><text/>{inside}</section></component>'


def observed(code: str, name: str, value: str, inside: str = "", time: str = "") -> str:
    """An observation; `value` is a value element, or words."""
    made = value if value.startswith("<") or not value else f'<value xsi:type="ST">{value}</value>'
    when = f'<effectiveTime value="{time}"/>' if time and not time.startswith("<") else time
    return (
        f'<observation classCode="OBS" moodCode="EVN"><code code="{code}" displayName="{name}" '
        f'codeSystem="2.16.156.10011.2.2.1"/>{when}{made}{inside}</observation>'
    )


def inner(*parts: str) -> str:
    """Observations inside another one."""
    return "".join(f'<entryRelationship typeCode="COMP">{part}</entryRelationship>' for part in parts)


def measured(number: str, unit: str) -> str:
    """A physical quantity."""
    return f'<value xsi:type="PQ" value="{number}" unit="{unit}"/>'


def coded(code: str, name: str, system: str = "2.16.156.10011.2.3.3.11.3") -> str:
    """A code with what it is called."""
    return f'<value xsi:type="CD" code="{code}" displayName="{name}" codeSystem="{system}"/>'


def organizer(*parts: str) -> str:
    """Observations that belong together."""
    inside = "".join(f"<component>{part}</component>" for part in parts)
    return f'<organizer classCode="CLUSTER" moodCode="EVN"><statusCode/>{inside}</organizer>'


def item(code: str, name: str, number: str = "", unit: str = "", word: str = "", span: str = "") -> str:
    """A laboratory item as WS/T 500.7 writes it."""
    taken = '<effectiveTime><low value="202611200810"/><high value="202611200830"/></effectiveTime>'
    ranged = f"<referenceRange><observationRange><text>{span}</text></observationRange></referenceRange>"
    unit_of = inner(observed("DE04.30.016.00", "检查定量结果计量单位", unit))
    parts = [
        observed(
            "DE04.30.019.00", "检验项目代码", code, inner(observed("DE04.50.134.00", "标本类别", "血清", "", taken))
        ),
        observed("DE04.30.020.00", "检查/检验项目名称", name),
    ]
    parts += [observed("DE04.30.017.00", "检验结果代码", coded("1", word, "2.16.156.10011.2.3.2.38"))] if word else []
    real = f'<value xsi:type="REAL" value="{number}"/>'
    parts += [observed("DE04.30.015.00", "检验定量结果", real, (ranged if span else "") + unit_of)] if number else []
    return organizer(*parts)


LABORATORY = document(
    "C0007",
    section("29548-5", observed("DE05.01.024.00", "诊断代码", coded("K76.0", "脂肪肝")))
    + section(
        "30954-2",
        observed("DE02.10.027.00", "检验方法名称", "速率法"),
        observed("DE04.30.018.00", "检验类别", "肝功能"),
        item("ALT", "谷丙转氨酶", "56.0", "U/L", "偏高", "7-40"),
        item("ALB", "白蛋白", "42.10", "g/L"),
        item("HBsAg", "乙肝表面抗原", word="阴性"),
    )
    + section(
        "",
        observed("DE04.50.130.00", "检验报告结果", "转氨酶轻度升高。"),
        observed("DE08.10.013.00", "检验报告机构名称", "县检验中心"),
        observed("DE06.00.179.00", "检验报告备注", "标本轻度溶血。"),
        title="检验报告",
    ),
    role='<id root="2.16.156.10011.1.11" extension="MZ0023"/><id root="2.16.156.10011.1.33" extension="L001"/>',
)


def entries(raw: str | bytes, charset: str = "") -> list[Entry]:
    """What a document becomes."""
    return list(translate(raw.encode() if isinstance(raw, str) else raw, Setup(charset=charset)))


def resources(raw: str | bytes, kind: str = "") -> list[dict[str, Any]]:
    """The resources of a document, of one kind where one is named."""
    return [entry.resource for entry in entries(raw) if not kind or entry.resource["resourceType"] == kind]


def rows(raw: str | bytes, kind: str) -> list[Any]:
    """The record rows that a document's resources of a kind become."""
    return [row for one in resources(raw, kind) for row in MAPPINGS[kind](one, FRAME).rows]


def person(raw: str | bytes) -> Any:
    """The person that a document's Patient describes."""
    return patient(resources(raw, "Patient")[0], FRAME)
