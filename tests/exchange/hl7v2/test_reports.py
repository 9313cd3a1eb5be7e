"""Orders as reports: their number, status, times, people, conclusion, attachments and waves."""

import base64

import pytest

from records.exchange.hl7v2 import attachments
from records.exchange.translating import Untranslatable
from tests.exchange.hl7v2.messages import GLUCOSE, OBR, PID, of, one, oru, read, text

CT = "OBR|1|P88|R7001^RIS|CT01^胸部CT平扫^L|||20261120101500|||||||||||||||20261120113000||RAD|F|||||||D01&李&影像"
FINDING = "OBX|1|TX|&GDT||双肺纹理清晰。||||||F"
OPINION = "OBX|2|TX|&IMP||未见明显异常。||||||F"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def report(*results: str, obr: str = OBR, **said: str) -> dict:
    return one("DiagnosticReport", oru(*results, obr=obr, **said))


def test_a_report_says_what_the_order_says() -> None:
    assert report(GLUCOSE) == {
        "resourceType": "DiagnosticReport",
        "id": "LIS.L5001.CBC",
        "meta": {"lastUpdated": "2026-11-20T09:00:00"},
        "status": "final",
        "subject": {"reference": "Patient/HIS.10020137"},
        "identifier": [{"use": "official", "value": "L5001"}],
        "category": [{"coding": [{"code": "LAB"}], "text": "LAB"}],
        "code": {"coding": [{"code": "CBC", "display": "血常规"}], "text": "血常规"},
        "effectiveDateTime": "2026-11-20T08:10:00",
        "issued": "2026-11-20T09:00:00",
        "performer": [
            {"type": "Organization", "identifier": {"value": "C01"}, "display": "检验科"},
            {"type": "Practitioner", "display": "孙检验"},
        ],
        "resultsInterpreter": [{"type": "Practitioner", "display": "钱审核"}],
        "specimen": [{"display": "血液"}],
        "result": [{"reference": "Observation/LIS.L5001.CBC.GLU"}],
    }


def test_panels_of_one_tube_are_reports_of_their_own() -> None:
    other = OBR.replace("CBC^血常规", "BIO^生化")
    assert len(of("DiagnosticReport", oru(GLUCOSE, other, GLUCOSE))) == 2
    assert len({item["id"] for item in of("Observation", oru(GLUCOSE, other, GLUCOSE))}) == 2


def test_two_orders_of_one_report_in_a_message_are_one_report() -> None:
    second = GLUCOSE.replace("GLU^葡萄糖", "K^钾")
    assert len(report(GLUCOSE, OBR, second)["result"]) == 2


def test_a_report_without_a_number_is_known_by_its_patient_its_kind_and_its_time() -> None:
    first = report(GLUCOSE, obr="OBR|1|||CBC^血常规|||20261120")["id"]
    assert first == report(GLUCOSE, obr="OBR|1|||CBC^血常规|||20261120")["id"]
    assert first != report(GLUCOSE, obr="OBR|1|||CBC^血常规|||20261121")["id"]
    assert report(GLUCOSE, obr="OBR|1|P1||CBC^血常规|||20261120")["id"] == "placer.P1.CBC"


def test_several_patients_of_a_message_keep_their_own_results() -> None:
    found = read(text(PID, OBR, GLUCOSE, "PID|1||8^^^HIS", OBR.replace("L5001", "L5002"), GLUCOSE))
    subjects = [item["subject"]["reference"] for item in found if "subject" in item]
    assert subjects == ["Patient/HIS.10020137"] * 2 + ["Patient/HIS.8"] * 2


@pytest.mark.parametrize(
    ("order", "results", "status"),
    [
        ("F", "F", "final"),
        ("P", "P", "preliminary"),
        ("A", "FI", "partial"),
        ("C", "C", "corrected"),
        ("F", "FC", "corrected"),
        ("", "FP", "preliminary"),
        ("", "F", "final"),
        ("X", "X", "cancelled"),
        ("F", "XX", "cancelled"),
        ("F", "WW", "entered-in-error"),
        ("F", "FW", "final"),
        ("X", "", "cancelled"),
        ("I", "", "registered"),
        ("", "", "registered"),
    ],
)
def test_the_status_of_a_report_is_what_order_and_results_say_together(order: str, results: str, status: str) -> None:
    obx = [f"OBX|{place}|NM|K{place}^项目||5||||||{said}" for place, said in enumerate(results)]
    assert report(*obx, obr=OBR.replace("|LAB|F|", f"|LAB|{order}|"))["status"] == status


def test_a_version_is_as_old_as_the_report_and_not_as_its_sending() -> None:
    assert report(GLUCOSE, obr=OBR.replace("20261120090000", ""))["meta"]["lastUpdated"] == "2026-11-20T09:30:00"
    assert report(GLUCOSE, obr=OBR.replace("20261120090000", "昨天"))["meta"]["lastUpdated"] == "2026-11-20T09:30:00"


def test_the_zone_of_the_header_holds_for_all_times() -> None:
    message = oru(GLUCOSE).replace("20261120093000", "20261120093000+0800", 1)
    assert one("DiagnosticReport", message)["issued"] == "2026-11-20T09:00:00+08:00"


def test_a_time_that_is_none_is_handed_on_to_be_held() -> None:
    assert report(GLUCOSE, obr=OBR.replace("20261120090000", "昨天"))["issued"] == "昨天"


def test_an_opinion_is_the_conclusion_and_a_finding_a_result() -> None:
    found = report(FINDING, OPINION, obr=CT)
    assert found["conclusion"] == "未见明显异常。"
    finding = one("Observation", oru(FINDING, OPINION, obr=CT))
    assert (finding["code"]["text"], finding["valueString"]) == ("检查所见", "双肺纹理清晰。")
    assert found["result"] == [{"reference": f"Observation/{finding['id']}"}]


@pytest.mark.parametrize("code", ["19005-8^Impression^LN", "ZD^诊断意见^L", "ZD^超声提示：^L", "1^印象"])
def test_an_opinion_is_known_by_its_code_or_its_name(code: str) -> None:
    assert report(f"OBX|1|TX|{code}||脂肪肝。||||||F", obr=CT)["conclusion"] == "脂肪肝。"


def test_an_opinion_that_was_taken_back_concludes_nothing() -> None:
    assert "conclusion" not in report(FINDING, OPINION[:-1] + "W", obr=CT)


def test_notes_to_the_order_are_remarks() -> None:
    assert report("NTE|1|L|标本溶血，仅供参考", GLUCOSE)["conclusion"] == "备注：标本溶血，仅供参考"


def test_the_reporting_place_of_a_shared_centre_is_named() -> None:
    shared = CT.replace("D01&李&影像", "D01&李&影像^^^^^^县影像中心")
    assert report(FINDING, obr=shared)["resultsInterpreter"] == [
        {"type": "Practitioner", "display": "李影像"},
        {"type": "Organization", "identifier": {"value": "县影像中心"}},
    ]


@pytest.mark.parametrize("person", ["D01&李&影像", "D01^李^影像", "^李影像", "李影像"])
def test_who_signs_is_read_however_it_is_written(person: str) -> None:
    signed = report(FINDING, obr=CT.replace("D01&李&影像", person))["resultsInterpreter"]
    assert signed == [{"type": "Practitioner", "display": "李影像"}]


@pytest.mark.parametrize("segments", [["SPM|1|||SER^血清^L"], ["SPM|1|||SER^血清^L", "SPM|2|||SER^血清^L"]])
def test_a_specimen_may_have_a_segment_of_its_own(segments: list[str]) -> None:
    assert report(GLUCOSE, *segments, obr=OBR.replace("BLD&血液", ""))["specimen"] == [{"display": "血清"}]


def test_what_has_a_specimen_is_of_the_laboratory() -> None:
    assert report(GLUCOSE, obr=OBR.replace("|LAB|", "||"))["category"][0]["coding"] == [{"code": "LAB"}]


def attached(data: str, subtype: str = "PDF", encoding: str = "Base64", status: str = "F") -> dict:
    return report(f"OBX|1|ED|PDF^报告单||LIS^Application^{subtype}^{encoding}^{data}||||||{status}")


def test_a_pdf_is_the_form_of_the_report() -> None:
    found = attached(base64.b64encode(PDF).decode())
    assert found["presentedForm"] == [
        {"contentType": "application/pdf", "data": base64.b64encode(PDF).decode(), "title": "报告单"}
    ]
    assert "conclusion" not in found and "result" not in found


def test_a_pdf_may_be_folded_into_lines() -> None:
    assert base64.b64decode(attached(base64.encodebytes(PDF).decode())["presentedForm"][0]["data"]) == PDF


@pytest.mark.parametrize(
    "content",
    [b"MZ\x90\x00", b"<html><script>", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), b""],
)
def test_nothing_but_a_harmless_pdf_is_handed_on(content: bytes) -> None:
    found = attached(base64.b64encode(content).decode())
    assert "presentedForm" not in found
    assert "1 个附件没有在门户中显示" in found["conclusion"]


def test_an_attachment_that_is_no_base64_or_was_taken_back_is_not_handed_on() -> None:
    assert "presentedForm" not in attached("@@@@")
    assert "conclusion" not in attached(base64.b64encode(PDF).decode(), status="W")


def test_a_pdf_too_large_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST_BYTES", len(PDF) - 1)
    assert "presentedForm" not in attached(base64.b64encode(PDF).decode())


def test_a_pointer_is_never_followed_and_said_to_be_hidden() -> None:
    pointer = "OBX|1|RP|IMG^图像||http://169.254.169.254/x^^IM^JPEG||||||F"
    assert "附件没有在门户中显示" in report(pointer)["conclusion"]


def test_a_wave_is_said_to_be_hidden_and_its_measures_are_shown() -> None:
    heart = "OBX|2|NM|HR^心率^L||72|次/分|60-100|N|||F"
    wave = "OBX|1|NA|I^I导联^L||1^2^3^4~5^6^7^8||||||F"
    ecg = OBR.replace("CBC^血常规", "ECG^常规心电图").replace("|LAB|", "|EC|").replace("BLD&血液", "")
    message = oru(wave, heart, obr=ecg, kind="ORU^W01^ORU_W01")
    assert one("DiagnosticReport", message)["conclusion"] == "波形没有在门户中显示，请向出具机构查看原图。"
    assert one("Observation", message)["code"]["text"] == "心率"


def order(control: str, *segments: str, kind: str = "OML^O21^OML_O21") -> str:
    return text(PID, f"ORC|{control}|P77|L5001^LIS||||||20261121080000", *segments, kind=kind)


@pytest.mark.parametrize("kind", ["OML^O21^OML_O21", "OMG^O19", "ORM^O01"])
@pytest.mark.parametrize("control", ["CA", "OC", "CR"])
def test_an_order_that_is_cancelled_cancels_its_report(control: str, kind: str) -> None:
    found = one("DiagnosticReport", order(control, OBR, kind=kind))
    assert (found["id"], found["status"]) == ("LIS.L5001.CBC", "cancelled")
    assert found["meta"]["lastUpdated"] == "2026-11-21T08:00:00"


def test_a_cancelled_order_in_a_result_message_cancels_its_report() -> None:
    assert one("DiagnosticReport", oru(obr=f"ORC|OC|P77|L5001^LIS\r{OBR}"))["status"] == "cancelled"


def test_an_order_behind_a_cancelled_one_is_not_cancelled_with_it() -> None:
    other = OBR.replace("L5001", "L5002")
    found = of("DiagnosticReport", text(PID, "ORC|OC|P77|L5001^LIS", OBR, other, GLUCOSE))
    assert [item["status"] for item in found] == ["cancelled", "final"]


def test_an_order_that_the_laboratory_has_no_number_for_cancels_nothing() -> None:
    message = text(PID, "ORC|CA|P77", OBR.replace("L5001^LIS", ""), kind="OML^O21")
    assert [item["resourceType"] for item in read(message)] == ["Patient", "ServiceRequest"]


def test_a_new_order_is_counted_and_makes_no_report() -> None:
    assert [item["resourceType"] for item in read(order("NW", OBR))] == ["Patient", "ServiceRequest"]


def test_a_cancellation_that_does_not_say_of_what_is_refused() -> None:
    with pytest.raises(Untranslatable):
        read(order("CA"))


def test_results_without_an_order_are_refused() -> None:
    with pytest.raises(Untranslatable):
        read(text(PID, GLUCOSE))


def test_a_report_names_its_visit() -> None:
    visit = "PV1|1|O|内科门诊^^^COUNTY" + "|" * 16 + "V2026112001^^^HIS"
    found = read(text(PID, visit, OBR, GLUCOSE))
    assert {item.get("encounter", {}).get("reference") for item in found[1:]} == {"Encounter/HIS.V2026112001"}
