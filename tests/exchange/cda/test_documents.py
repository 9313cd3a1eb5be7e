"""What each type of document becomes: as printed, in the right place, and nothing of other people."""

from datetime import date
from typing import Any

import pytest

from tests.exchange.cda.making import (
    LABORATORY,
    coded,
    document,
    inner,
    item,
    measured,
    observed,
    organizer,
    resources,
    rows,
    section,
)


def test_a_laboratory_report_is_as_printed() -> None:
    first, second, third = rows(LABORATORY, "Observation")
    assert (first.name, first.local_code, first.value_text, first.unit) == ("谷丙转氨酶", "ALT", "56.0", "U/L")
    assert (first.range_text, first.range_high, first.flag) == ("7-40", 40, "high")
    assert (first.specimen, first.method, first.category) == ("血清", "速率法", "laboratory")
    assert (second.value_text, second.flag) == ("42.10", "")
    assert (third.value_text, third.value_number) == ("阴性", None)


def test_a_laboratory_report_has_its_title_its_items_and_its_words() -> None:
    row = rows(LABORATORY, "DiagnosticReport")[0]
    assert (row.title, row.category, row.status, row.report_number) == ("肝功能", "laboratory", "final", "L001")
    assert row.impression == "转氨酶轻度升高。\n标本轻度溶血。"
    assert row.item_identifiers == ["TOWN.L001.ALT", "TOWN.L001.ALB", "TOWN.L001.HBsAg"]
    assert row.occurred_at.hour == 0 and row.zone_assumed


def test_the_diagnosis_for_which_a_test_was_asked_is_no_diagnosis_of_the_portal() -> None:
    assert resources(LABORATORY, "Condition") == []


def test_items_in_a_row_without_organizers_are_told_apart() -> None:
    def entries(code: str, number: str) -> list[str]:
        unit = inner(observed("DE04.30.016.00", "计量单位", "mmol/L"))
        real = f'<value xsi:type="REAL" value="{number}"/>'
        name = f'<value xsi:type="CD" code="{code}" displayName="{code} 项目"/>'
        return [observed("DE04.30.019.00", "", name), observed("DE04.30.015.00", "检验定量结果", real, unit)]

    made = document("C0007", section("30954-2", *entries("K", "4.10"), *entries("NA", "140")))
    assert [(row.name, row.value_text, row.unit) for row in rows(made, "Observation")] == [
        ("K 项目", "4.10", "mmol/L"),
        ("NA 项目", "140", "mmol/L"),
    ]


def test_organizers_inside_organizers_are_read_once() -> None:
    made = document("C0007", section("30954-2", organizer(item("K", "钾", "4.1"), item("NA", "钠", "140"))))
    assert [row.name for row in rows(made, "Observation")] == ["钾", "钠"]


def test_an_item_that_comes_twice_is_two_results() -> None:
    made = document("C0007", section("30954-2", item("GLU", "葡萄糖", "5.1"), item("GLU", "葡萄糖", "7.9")))
    assert [one["id"] for one in resources(made, "Observation")] == ["TOWN.DOC-1.GLU", "TOWN.DOC-1.GLU.2"]


@pytest.mark.parametrize(("printed", "value", "comparator"), [("<0.01", "<0.01", "<"), ("1:80", "1:80", "")])
def test_what_is_printed_with_a_sign_stays_so(printed: str, value: str, comparator: str) -> None:
    made = document("C0007", section("30954-2", item("X", "项目", printed.replace("<", "&lt;"))))
    row = rows(made, "Observation")[0]
    assert (row.value_text, row.comparator) == (value, comparator)


def test_results_written_under_their_own_data_element_are_results() -> None:
    body = section("30954-2", organizer(observed("DE04.50.037.00", "空腹血糖", measured("6.50", "mmol/L"))))
    row = rows(document("C0007", body), "Observation")[0]
    assert (row.name, row.value_text, row.unit, row.local_code) == ("空腹血糖", "6.50", "mmol/L", "DE04.50.037.00")


EXAMINATION = document(
    "C0006",
    section(
        "29545-1",
        observed("DE04.30.018.00", "检查类别", "放射"),
        organizer(
            observed(
                "DE04.30.019.00", "检查项目代码", '<value code="CT01" displayName="胸部CT平扫"/>', time="202611200900"
            )
        ),
    )
    + section(
        "",
        observed("DE04.50.131.00", "检查报告结果-客观所见", "右肺上叶见一小结节。"),
        observed("DE04.50.131.00", "检查报告结果-主观提示", "右肺小结节，建议随访。"),
        observed("DE08.10.013.00", "检查报告机构名称", "县影像中心"),
        title="检查报告",
    ),
    role='<id root="2.16.156.10011.1.32" extension="CT2026"/>',
)


def test_findings_stand_apart_from_the_impression() -> None:
    seen, report = rows(EXAMINATION, "Observation")[0], rows(EXAMINATION, "DiagnosticReport")[0]
    assert (seen.name, seen.value_text, seen.category) == ("检查所见", "右肺上叶见一小结节。", "imaging")
    assert (report.impression, report.title, report.category) == ("右肺小结节，建议随访。", "胸部CT平扫", "imaging")
    assert (report.reporter.name, report.report_number) == ("县影像中心", "CT2026")
    assert len(report.item_identifiers) == 1


def test_findings_and_impression_are_also_known_by_their_data_elements() -> None:
    body = section("", observed("DE04.50.131.00", "", "所见甲"), observed("DE04.50.132.00", "", "提示乙"))
    made = document("C0006", body)
    assert rows(made, "Observation")[0].value_text == "所见甲"
    assert rows(made, "DiagnosticReport")[0].impression == "提示乙"


def test_a_printed_report_inside_the_document_comes_along() -> None:
    media = (
        '<observationMedia><value xsi:type="ED" mediaType="application/pdf">JVBERi0x\nLjQ=</value></observationMedia>'
    )
    made = document("C0006", section("20001", media) + section("", observed("DE04.50.131.00", "", "所见")))
    form = resources(made, "DiagnosticReport")[0]["presentedForm"]
    assert form == [{"contentType": "application/pdf", "data": "JVBERi0xLjQ="}]


def medicine(name: str, spec: str = "", dose: str = "", unit: str = "", rate: str = "", total: str = "") -> str:
    inside = inner(
        *([observed("DE08.50.043.00", "药物规格", spec)] if spec else []),
        *([observed("DE06.00.135.00", "药物使用总剂量", measured(total, unit))] if total else []),
    )
    return (
        '<substanceAdministration classCode="SBADM" moodCode="EVN"><text/>'
        '<routeCode code="1" displayName="口服" codeSystem="2.16.156.10011.2.3.1.158"/>'
        f'<doseQuantity value="{dose}" unit="{unit}"/><rateQuantity value="{rate}" unit=""/>'
        f"<consumable><manufacturedProduct><manufacturedLabeledDrug><code/><name>{name}</name>"
        f"</manufacturedLabeledDrug></manufacturedProduct></consumable>{inside}</substanceAdministration>"
    )


WESTERN = document(
    "C0004",
    section("29548-5", observed("DE05.01.024.00", "诊断代码", coded("I10.x00", "高血压病")))
    + section(
        "10160-0",
        medicine("苯磺酸氨氯地平片", "5mg×28片", "5", "mg", "每日一次", "140"),
        medicine("阿司匹林肠溶片", dose="100", unit="mg"),
        observed("DE06.00.294.00", "处方有效天数", measured("3", "天")),
        observed("DE06.00.179.00", "处方备注信息", "饭后服用"),
    )
    + section("48768-6", observed("DE07.00.004.00", "处方药品金额", '<value value="58.20" currency="元"/>')),
    role='<id root="2.16.156.10011.1.20" extension="RX9"/>',
)


def test_a_prescription_says_what_is_taken_and_how() -> None:
    first, second = rows(WESTERN, "MedicationRequest")
    assert first.name == "苯磺酸氨氯地平片 5mg×28片"
    assert first.dosage == "口服，每次 5 mg，频次 每日一次，总量 140 mg，处方有效 3 天"
    assert (first.note, first.practitioner_name, first.state) == ("饭后服用", "王医生", "completed")
    assert second.name == "阿司匹林肠溶片"
    assert first.occurred_at.date() == date(2026, 11, 20)


def test_the_diagnosis_of_a_prescription_is_a_diagnosis() -> None:
    row = rows(WESTERN, "Condition")[0]
    assert (row.name, row.code, row.practitioner_name) == ("高血压病", "I10.x00", "王医生")


def test_money_is_left_in_the_document() -> None:
    assert "58.20" not in repr(resources(WESTERN))


def test_a_prescription_of_herbs_is_shown_whole() -> None:
    inside = inner(
        observed("DE08.50.050.00", "中药饮片剂数", '<value xsi:type="PQ" value="7" unit="剂"/>'),
        observed("DE08.50.047.00", "中药饮片煎煮法", "水煎"),
        observed("DE06.00.136.00", "中药用药方法", "每日一剂，早晚分服"),
    )
    made = document("C0005", section("10160-0", observed("DE08.50.049.00", "中药饮片处方", "黄芪30g 党参15g", inside)))
    row = rows(made, "MedicationRequest")[0]
    assert (row.name, row.note) == ("中药饮片处方", "黄芪30g 党参15g")
    assert row.dosage == "7 剂；水煎；每日一剂，早晚分服"


STAY = (
    "<componentOf><encompassingEncounter><effectiveTime>"
    '<low value="20261110"/><high value="20261118"/></effectiveTime><location><healthCareFacility>'
    "<serviceProviderOrganization><asOrganizationPartOf><wholeOrganization>"
    '<id root="2.16.156.10011.1.26" extension="01"/><name>心内科</name>'
    "</wholeOrganization></asOrganizationPartOf></serviceProviderOrganization></healthCareFacility></location>"
    "</encompassingEncounter></componentOf>"
)


def summary(course: str = "予降压治疗，血压平稳。", *diagnoses: str) -> str:
    shown = diagnoses or (observed("DE05.01.024.00", "出院诊断-西医诊断编码", coded("I10.x00", "高血压病2级")),)
    body = (
        section("11450-4", observed("DE05.10.148.00", "入院情况", "头晕三天。"))
        + section("46241-6", observed("DE05.01.024.00", "入院诊断", coded("R42.x00", "头晕")))
        + section("11535-2", *shown, observed("DE06.00.193.00", "出院情况", "好转。"))
        + section("8648-8", observed("DE06.00.296.00", "诊疗过程描述", course))
        + section("46209-3", observed("DE06.00.287.00", "出院医嘱", "低盐饮食，一月后复诊。"))
    )
    return document("C0053", body, visit=STAY)


def test_a_discharge_summary_is_a_stay_with_its_diagnoses() -> None:
    stay = rows(summary(), "Encounter")[0]
    assert (stay.kind, stay.department_name, stay.reason) == ("inpatient", "心内科", "高血压病2级")
    assert stay.ended_at and stay.occurred_at < stay.ended_at
    assert [row.name for row in rows(summary(), "Condition")] == ["高血压病2级"]


def test_a_discharge_summary_is_a_document_and_no_report() -> None:
    assert rows(summary(), "DiagnosticReport") == []
    assert [(part["title"], part["text"]) for part in rows(summary(), "Composition")[0].sections] == [
        ("入院情况", "头晕三天。"),
        ("诊疗过程", "予降压治疗，血压平稳。"),
        ("出院情况", "好转。"),
        ("出院医嘱", "低盐饮食，一月后复诊。"),
    ]


@pytest.mark.parametrize(
    "made",
    [
        summary("HIV抗体阳性，转专科。"),
        summary("好转。", observed("DE05.01.024.00", "出院诊断", coded("F20.900", "某病"))),
    ],
)
def test_a_summary_of_a_specially_protected_disease_is_handed_over_at_the_facility(made: str) -> None:
    for kind in ("DiagnosticReport", "Composition"):
        assert [(row.sensitivity, row.release) for row in rows(made, kind)] == [(5, "withheld")]


def test_a_corrected_diagnosis_takes_the_place_of_the_first_one() -> None:
    first = resources(summary(), "Condition")[0]
    other = observed("DE05.01.024.00", "出院诊断", coded("I10.x01", "高血压病3级"))
    assert resources(summary("", other), "Condition")[0]["id"] == first["id"]


VISIT = section("", observed("DE06.00.108.00", "随访方式", coded("2", "家庭", "x"), time="20261105"), title="随访事件")
HYPERTENSION = document(
    "HSDB04.01",
    VISIT
    + section(
        "8716-3",
        observed("DE04.10.174.00", "收缩压", measured("152", "mmHg")),
        observed("DE04.10.176.00", "舒张压", measured("94", "mmHg")),
        observed("DE04.10.188.00", "体重", measured("61.50", "kg")),
        observed("DE05.10.075.00", "体质指数", measured("24.1", "kg/m2")),
        observed("DE04.10.206.00", "心率", measured("78", "次/min")),
    )
    + section("", observed("DE03.00.053.00", "日吸烟量", measured("0", "支")), title="生活方式")
    + section("10160-0", medicine("氨氯地平片", dose="5", unit="mg"))
    + section("X-ASSESS", observed("DE05.10.066.00", "随访评价结果", coded("2", "控制不满意", "x")))
    + section("185389009", observed("DE06.00.109.00", "下次随访日期", "", time="20261119")),
)


def by_name(raw: str) -> dict[str, Any]:
    return {row.name: row for row in rows(raw, "Observation")}


def test_a_follow_up_is_a_visit_at_its_own_time() -> None:
    visit = rows(HYPERTENSION, "Encounter")[0]
    assert (visit.kind, visit.reason, visit.practitioner_name) == ("home", "高血压患者随访服务", "王医生")
    assert visit.occurred_at.date() == date(2026, 11, 4)  # midnight in Shanghai


def test_a_blood_pressure_is_one_measurement_of_two_numbers() -> None:
    found = by_name(HYPERTENSION)
    assert (found["收缩压"].value_text, found["舒张压"].value_text) == ("152", "94")
    assert (found["收缩压"].part, found["舒张压"].part, found["收缩压"].category) == ("8480-6", "8462-4", "vital_signs")
    assert len({one["id"] for one in resources(HYPERTENSION, "Observation") if "component" in one}) == 1


def test_what_was_measured_is_as_printed() -> None:
    found = by_name(HYPERTENSION)
    assert (found["体重"].value_text, found["体重"].unit, found["体重"].code) == ("61.50", "kg", "29463-7")
    assert (found["心率"].code, found["体质指数"].code) == ("8867-4", "39156-5")


def test_what_was_asked_and_decided_is_kept_in_words() -> None:
    found = by_name(HYPERTENSION)
    assert (found["随访评价结果"].value_text, found["随访评价结果"].category) == ("控制不满意", "survey")
    assert found["下次随访日期"].value_text == "2026-11-19"
    assert rows(HYPERTENSION, "MedicationStatement")[0].name == "氨氯地平片"


def test_a_diabetes_follow_up_has_its_glucose_under_the_data_element() -> None:
    body = VISIT + section(
        "30954-2",
        observed("DE04.50.037.00", "空腹血糖", measured("7.80", "mmol/L")),
        observed("DE04.50.083.00", "糖化血红蛋白", '<value xsi:type="INT" value="7.2" unit="%"/>'),
        observed("DE04.10.237.00", "足背动脉搏动标志", '<value xsi:type="BL" value="true"/>'),
    )
    found = by_name(document("HSDB04.02", body))
    assert (found["空腹血糖"].value_text, found["空腹血糖"].code, found["空腹血糖"].category) == (
        "7.80",
        "",
        "laboratory",
    )
    assert found["空腹血糖"].local_code == "DE04.50.037.00"
    assert found["足背动脉搏动标志"].value_text == "是"


def test_a_check_up_is_one_report_of_all_that_was_found() -> None:
    body = (
        section(
            "8716-3",
            observed("DE04.10.174.00", "左侧收缩压", measured("120", "mmHg")),
            observed("DE04.10.174.00", "左侧舒张压", measured("76", "mmHg")),
            observed("DE04.10.176.00", "右侧收缩压", measured("124", "mmHg")),
            observed("DE04.10.176.00", "右侧舒张压", measured("78", "mmHg")),
            observed("DE04.10.218.00", "腰围", measured("84", "cm")),
            observed("DE04.10.218.00", "臀围", measured("96", "cm")),
            observed("DE9999999999", "体重指数", '<value xsi:type="PQ" value="" unit=""/>'),
        )
        + section("10157-6", organizer(observed("DE02.10.095.50", "既往常见疾病种类代码", coded("1", "高血压", "x"))))
        + section("", observed("DE05.10.072.00", "体检结果", "血压正常，建议控制体重。"))
    )
    made = document("HSDC00.01", body)
    pressures = {
        one["code"]["text"]: [str(part["valueQuantity"]["value"]) for part in one["component"]]
        for one in resources(made, "Observation")
        if "component" in one
    }
    assert pressures == {"左侧血压": ["120", "76"], "右侧血压": ["124", "78"]}
    found = by_name(made)
    assert (found["腰围"].code, found["臀围"].code) == ("8280-0", "")
    assert "体重指数" not in found and "高血压" not in repr(found)
    report = rows(made, "DiagnosticReport")[0]
    assert (report.title, report.impression) == ("成人健康体检", "血压正常，建议控制体重。")
    assert len(report.item_identifiers) == len(resources(made, "Observation"))


def test_basic_information_is_what_lasts_and_of_relatives_no_names() -> None:
    began = '<effectiveTime><low value="20110123"/></effectiveTime>'
    named = inner(observed("DE02.10.061.00", "手术史", "阑尾切除术"))
    operation = observed("DE02.10.062.00", "手术史标志", '<value xsi:type="BL" value="true"/>', named, began)
    body = (
        section("30954-2", organizer(observed("DE04.50.001.00", "ABO血型代码", coded("2", "B型", "x"))))
        + section(
            "48765-2",
            observed("DE05.01.022.00", "过敏源代码", coded("102", "青霉素", "x"), time="20110316"),
            observed("DE05.01.022.00", "过敏源代码", coded("1", "无", "x")),
        )
        + section(
            "11348-0",
            observed("DE02.10.021.00", "既往常见疾病种类代码", coded("2", "高血压", "x"), time="20120809"),
            operation,
        )
        + section("10157-6", organizer(observed("DE02.10.095.50", "既往常见疾病种类代码", coded("3", "糖尿病", "x"))))
    )
    made = document("HSDA00.01", body)
    assert by_name(made)["ABO血型代码"].value_text == "B型"
    assert [row.name for row in rows(made, "AllergyIntolerance")] == ["青霉素"]
    assert [row.name for row in rows(made, "Condition")] == ["高血压"]
    procedure = rows(made, "Procedure")[0]
    assert (procedure.name, procedure.occurred_at.date()) == ("阑尾切除术", date(2011, 1, 22))
    assert [row["id"] for row in resources(made) if "糖尿病" in repr(row)] == [
        row["id"] for row in resources(made, "Observation") if row["code"]["text"] == "家族史"
    ]


def test_a_follow_up_is_also_the_form_that_was_filled_in() -> None:
    made = rows(HYPERTENSION, "QuestionnaireResponse")[0]
    assert (made.programme, made.way, made.control) == ("hypertension", "home", "unsatisfied")
    assert made.next_due == date(2026, 11, 19)
    assert {
        "section": "一般状况",
        "code": "DE04.10.174.00",
        "label": "收缩压",
        "value": "152",
        "unit": "mmHg",
    } in made.answers
    assert made.answers[-1]["section"] == "主要用药" and made.answers[-1]["label"].startswith("氨氯地平片")


def test_a_check_up_is_also_the_form_with_its_pages_and_nothing_of_relatives() -> None:
    body = (
        section("8716-3", observed("DE04.10.218.00", "腰围", measured("84", "cm")))
        + section("11336-5", observed("DE05.10.118.00", "住院原因", "肺炎"))
        + section("10157-6", organizer(observed("DE02.10.095.50", "家族史", coded("1", "高血压", "x"))))
        + section("", observed("DE05.10.072.00", "体检结果", "血压正常，建议控制体重。"))
    )
    made = rows(document("HSDC00.01", body), "QuestionnaireResponse")[0]
    assert [one["section"] for one in made.answers] == ["一般状况", "住院治疗", "健康评价"]
    assert (made.year, made.assessment) == (2026, "血压正常，建议控制体重。")


def test_a_discharge_summary_is_a_document_in_its_parts() -> None:
    made = rows(summary(), "Composition")[0]
    assert (made.code, made.title, made.author) == ("C0053", "出院小结", "王医生")
    assert made.sections[:2] == [
        {"title": "入院情况", "text": "头晕三天。"},
        {"title": "诊疗过程", "text": "予降压治疗，血压平稳。"},
    ]
    assert rows(summary("HIV抗体阳性，转专科。"), "Composition")[0].release == "withheld"


@pytest.mark.parametrize("made", [summary(), HYPERTENSION])
def test_what_a_document_says_anew_comes_last_for_entries_are_kept_by_their_number(made: str) -> None:
    kinds = [one["resourceType"] for one in resources(made)]
    assert {kinds[-1]} <= {"Composition", "QuestionnaireResponse"} and len({*kinds[:-1]} & {kinds[-1]}) == 0
