"""What public-health programmes wrote down: check-ups, follow-ups, a child's growth, a discharge summary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from . import county
from .fhirjson import Resource
from .histories import moment
from .people import Resident
from .resources import Origin, concept, meta, organization_reference, seconds

RANGE, FLAG = "urn:resident-portal:printed-range", "urn:resident-portal:printed-flag"
TITLE = "http://hl7.org/fhir/StructureDefinition/display"
LOINC = "http://loinc.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"

# A line of a form: what was asked, what was said, its unit, the printed range and mark.
Line = tuple[str, ...]
Page = tuple[str, tuple[Line, ...]]


@dataclass(frozen=True, slots=True)
class Form:
    """One form that was filled in; `code` is the national document type or the portal's word for the programme."""

    facility_code: str
    resident_key: str
    at: datetime
    practitioner_code: str
    code: str
    title: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """One document to read, part by part."""

    facility_code: str
    resident_key: str
    at: datetime
    practitioner_code: str
    title: str
    parts: tuple[tuple[str, str], ...]


def _follow_up(pressure: str, glucose: str, judged: str, due: str, way: str = "门诊") -> tuple[Page, ...]:
    upper, lower = pressure.split("/")
    measured: tuple[Line, ...] = (("收缩压", upper, "mmHg"), ("舒张压", lower, "mmHg"), ("体重", "61.5", "kg"))
    sugar: tuple[Line, ...] = (("空腹血糖", glucose, "mmol/L"),) if glucose else ()
    return (
        ("体征", measured + sugar),
        ("生活方式指导", (("日吸烟量", "0", "支"), ("摄盐情况", "轻"), ("运动", "每周5次，每次30", "分钟"))),
        (
            "此次随访",
            (
                ("随访方式", way),
                ("服药依从性", "规律"),
                ("药物不良反应", "无"),
                ("随访分类", judged),
                ("下次随访日期", due),
            ),
        ),
    )


def _check_up(weight: str, pressure: str, glucose: Line, fat: Line) -> tuple[Page, ...]:
    upper, lower = pressure.split("/")
    return (
        ("症状", (("症状", "无症状"),)),
        (
            "一般状况",
            (
                ("体温", "36.4", "℃"),
                ("脉率", "74", "次/分"),
                ("左侧收缩压", upper, "mmHg"),
                ("左侧舒张压", lower, "mmHg"),
                ("身高", "157", "cm"),
                ("体重", weight, "kg"),
                ("腰围", "84", "cm"),
                ("老年人生活自理能力自我评估", "可自理（0~3分）"),
            ),
        ),
        ("生活方式", (("锻炼频率", "每天"), ("饮食习惯", "荤素均衡"), ("吸烟状况", "从不"), ("饮酒频率", "从不"))),
        ("脏器功能", (("齿列", "缺齿2颗"), ("视力（左/右）", "4.7/4.8"), ("听力", "听见"), ("运动功能", "可顺利完成"))),
        ("查体", (("心律", "齐"), ("下肢水肿", "无"), ("足背动脉搏动", "双侧对称"))),
        ("辅助检查", (glucose, fat, ("血红蛋白", "128", "g/L", "115-150"), ("腹部B超", "肝胆胰脾未见异常"))),
        ("现存主要健康问题", (("心血管疾病", "高血压"), ("其他系统疾病", "2型糖尿病"))),
        ("住院治疗", (("住院史", "无"),)),
        ("主要用药", (("苯磺酸氨氯地平片", "每日1次，每次5mg，规律"), ("盐酸二甲双胍片", "每日2次，每次0.5g，规律"))),
        ("非免疫规划预防接种", (("四价流感病毒裂解疫苗", "已接种"),)),
        ("健康评价", (("体检有无异常", "有异常：空腹血糖和血脂偏高"),)),
        ("健康指导", (("建议", "纳入慢性病患者健康管理，3个月后复查血脂；低盐低脂饮食，坚持运动"),)),
    )


def _measured(weight: str, height: str, words: str, due: str) -> tuple[Page, ...]:
    lines: tuple[Line, ...] = (("体重", weight, "kg"), ("身长（身高）", height, "cm"), ("发育评估", words))
    return (("体格检查", lines), ("指导", (("指导", "合理喂养，多到户外活动"), ("下次随访日期", due))))


FORMS: tuple[Form, ...] = tuple(
    Form(place, who, moment(at), doctor, code, title, pages)
    for place, who, at, doctor, code, title, pages in (
        ("TOWN1", "he_lanfang", "2025-05-21 08:40", "T01", "HSDC00.01", "老年人健康体检", _check_up(
            "63.0", "146/84", ("空腹血糖", "8.1", "mmol/L", "3.9-6.1", "H"),
            ("低密度脂蛋白胆固醇", "3.6", "mmol/L", "0-3.4", "H"))),
        ("TOWN1", "he_lanfang", "2026-05-20 08:30", "T01", "HSDC00.01", "老年人健康体检", _check_up(
            "61.5", "138/80", ("空腹血糖", "7.2", "mmol/L", "3.9-6.1", "H"),
            ("低密度脂蛋白胆固醇", "2.4", "mmol/L", "0-3.4"))),
        ("TOWN1", "he_lanfang", "2026-08-11 09:10", "T01", "HSDB04.01", "高血压患者随访服务",
         _follow_up("152/88", "", "控制不满意", "2026-08-25")),
        ("TOWN1", "he_lanfang", "2026-08-25 09:00", "T01", "HSDB04.01", "高血压患者随访服务",
         _follow_up("138/80", "", "控制满意", "2026-11-25", "家庭（上门）")),
        ("TOWN1", "he_lanfang", "2026-11-10 08:45", "T01", "HSDB04.02", "2型糖尿病患者随访服务",
         _follow_up("136/80", "7.4", "控制不满意", "2026-12-05")),
        ("TOWN1", "he_lanfang", "2026-05-20 10:10", "T01", "elderly", "老年人生活自理能力评估",
         (("评估", (("进餐", "0"), ("梳洗", "0"), ("穿衣", "0"), ("如厕", "1"), ("活动", "1"), ("总评分", "2"))),)),
        ("TOWN1", "he_lanfang", "2026-05-20 10:30", "T02", "tcm", "老年人中医药健康管理",
         (("体质辨识", (("体质类型", "气虚质"),)),
          ("指导", (("保健指导", "饮食有节，可多吃山药、大枣；不过度劳累，早睡"),)))),
        ("TOWN1", "zhao_tiezhu", "2026-10-14 09:20", "T01", "copd", "慢阻肺患者随访服务",
         (("此次随访", (("随访方式", "门诊"), ("呼吸困难程度", "走平路时气短"), ("随访分类", "控制满意"),
                    ("下次随访日期", "2027-01-14"))),)),
        ("TOWN1", "su_xiaoyan", "2026-10-27 14:00", "T01", "HSDB02.02", "第3次产前随访服务",
         (("检查", (("孕周", "26+3", "周"), ("体重", "64.0", "kg"), ("收缩压", "112", "mmHg"), ("舒张压", "70", "mmHg"),
                  ("宫高", "25", "cm"), ("腹围", "92", "cm"), ("胎心率", "142", "次/分"),
                  ("血红蛋白", "104", "g/L", "110-150", "L"))),
          ("指导", (("指导", "补铁，注意胎动，下次产检查血常规"), ("下次随访日期", "2026-11-27"))))),
        ("TOWN1", "lin_zihan", "2024-05-20 09:30", "T01", "HSDB01.03", "5岁儿童健康检查",
         _measured("18.9", "110.6", "良", "2025-05-18")),
        ("TOWN1", "lin_zihan", "2025-07-16 09:40", "T01", "HSDB01.03", "6岁儿童健康检查",
         _measured("21.3", "117.4", "良", "2026-05-18")),
    )
)  # fmt: skip

LETTERS: tuple[Letter, ...] = (
    Letter(
        "COUNTY",
        "zhao_tiezhu",
        moment("2026-01-27 10:00"),
        "C02",
        "出院小结",
        (
            ("入院情况", "因咳嗽、气促加重3天入院，既往慢阻肺10年。"),
            ("诊疗过程", "予吸氧、抗感染、雾化治疗，症状逐日好转。"),
            ("出院情况", "气促明显减轻，静息血氧饱和度95%。"),
            ("出院医嘱", "坚持吸入用药，戒烟，避免受凉；2周后复诊，气促加重随时就诊。"),
        ),
    ),
)

# A boy's first years: the day, weight in kg, length or height in cm, head circumference in cm.
GROWTH: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "lin_zihan": (
        ("2019-05-18 10:00", "3.35", "50.2", "34.5"),
        ("2019-06-20 09:30", "4.60", "55.0", "37.4"),
        ("2019-08-19 09:30", "6.50", "61.8", "40.6"),
        ("2019-11-18 09:20", "8.10", "68.0", "43.5"),
        ("2020-02-18 09:40", "9.00", "72.4", "45.1"),
        ("2020-05-19 09:30", "9.80", "76.2", "46.2"),
        ("2020-11-18 09:30", "11.1", "82.9", "47.5"),
        ("2021-05-18 09:30", "12.3", "88.0", "48.4"),
        ("2022-05-18 09:30", "14.5", "96.5", "49.6"),
        ("2023-05-18 09:30", "16.4", "103.6", "50.3"),
        ("2024-05-17 09:30", "18.9", "110.4", "50.9"),
    ),
}
# When his booklet was typed into the centre's system.
_TYPED = moment("2025-07-16 11:00")


def of_person(origin: Origin, person: Resident) -> Iterator[Resource]:
    """What the facility's programmes wrote down about somebody."""
    for form in FORMS:
        if (form.facility_code, form.resident_key) == (origin.facility_code, person.key):
            yield _response(origin, person, form)
    for letter in LETTERS:
        if (letter.facility_code, letter.resident_key) == (origin.facility_code, person.key):
            yield _composition(origin, person, letter)
    if origin.facility_code == "TOWN1":
        for row in GROWTH.get(person.key, ()):
            yield from _growth(origin, person, row)


def _author(code: str) -> Resource:
    return {"type": "Practitioner", "display": county.practitioner(code).name}


def _response(origin: Origin, person: Resident, form: Form) -> Resource:
    updated = form.at + timedelta(minutes=25, milliseconds=441)
    return {
        "resourceType": "QuestionnaireResponse",
        "id": origin.resource_id("form", person.key, form.at, form.code),
        "meta": meta(updated),
        "questionnaire": f"https://forms.qinghekou.example/Questionnaire/{form.code}",
        "_questionnaire": {"extension": [{"url": TITLE, "valueString": form.title}]},
        "status": "completed",
        "subject": origin.patient_reference(person),
        "authored": seconds(form.at),
        "author": _author(form.practitioner_code),
        "source": organization_reference(origin.facility_code) | {"type": "Organization"},
        "item": [_page(number, page) for number, page in enumerate(form.pages, start=1)],
    }


def _page(number: int, page: Page) -> Resource:
    title, lines = page
    return {
        "linkId": f"{number}",
        "text": title,
        "item": [_item(f"{number}.{n}", line) for n, line in enumerate(lines, 1)],
    }


def _item(link: str, line: Sequence[str]) -> Resource:
    label, value, unit, span, flag = (*line, "", "", "", "")[:5]
    number = value.replace(".", "", 1).isdigit()
    answer: Resource = (
        {"valueQuantity": {"value": Decimal(value), "unit": unit}}
        if unit and number
        else {"valueString": f"{value}{unit}"}
    )
    beside = [{"url": RANGE, "valueString": span}] if span else []
    beside += [{"url": FLAG, "valueCode": flag}] if flag else []
    return {"linkId": link, "text": label, "answer": [answer]} | ({"extension": beside} if beside else {})


def _composition(origin: Origin, person: Resident, letter: Letter) -> Resource:
    return {
        "resourceType": "Composition",
        "id": origin.resource_id("letter", person.key, letter.at),
        "meta": meta(letter.at + timedelta(minutes=40, milliseconds=318)),
        "status": "final",
        "type": concept(letter.title, ("urn:oid:2.16.156.10011.2.4", "C0053", letter.title)),
        "subject": origin.patient_reference(person),
        "date": seconds(letter.at),
        "author": [_author(letter.practitioner_code)],
        "title": letter.title,
        "custodian": organization_reference(origin.facility_code),
        "section": [
            {"title": title, "text": {"status": "generated", "div": f"<div><p>{words}</p></div>"}}
            for title, words in letter.parts
        ],
    }


def _growth(origin: Origin, person: Resident, row: tuple[str, str, str, str]) -> Iterator[Resource]:
    at = moment(row[0])
    measures = (("29463-7", "体重", "kg"), ("8302-2", "身长（身高）", "cm"), ("9843-4", "头围", "cm"))
    for place, ((code, name, unit), value) in enumerate(zip(measures, row[1:], strict=True)):
        yield {
            "resourceType": "Observation",
            "id": origin.resource_id("growth", person.key, at, code),
            "meta": meta(max(at, _TYPED) + timedelta(seconds=place + 1, milliseconds=87)),
            "status": "final",
            "category": [concept("体征", (OBSERVATION_CATEGORY, "vital-signs", "体征"))],
            "code": concept(name, (LOINC, code, name)),
            "subject": origin.patient_reference(person),
            "effectiveDateTime": seconds(at),
            "performer": [organization_reference(origin.facility_code)],
            "valueQuantity": {
                "value": Decimal(value),
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            },
        }
