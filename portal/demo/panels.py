"""The laboratory panels of the two sandbox facilities.

Intervals follow WS/T 404 (chemistry, adults), WS/T 405-2012 (blood count, adults) and WS/T 779-2021 (blood count,
children of 6 to 12); lipids, thyroid, HbA1c and hs-CRP are those commonly printed in Chinese laboratories.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from .analytes import NEGATIVE, Analyte, Panel, Values, spans


def _item(
    code: str,
    loinc: str | None,
    name: str,
    unit: str,
    decimals: int,
    interval: str,
    usual: tuple[str, str] | None = None,
    critical: tuple[str | None, str | None] = (None, None),
) -> Analyte:
    return Analyte(code, loinc, name, unit, decimals, spans(interval), usual, critical=critical)


def _derived(
    code: str, loinc: str | None, name: str, unit: str, decimals: int, interval: str, rule: Callable[[Values], Decimal]
) -> Analyte:
    return replace(_item(code, loinc, name, unit, decimals, interval), derived=rule)


def _of_wbc(share: str) -> Callable[[Values], Decimal]:
    return lambda v: v["WBC"] * v[share] / 100


BLOOD_COUNT = Panel(
    "BLOOD",
    "57021-8",
    "血常规",
    "静脉血",
    35,
    (
        _item("WBC", "6690-2", "白细胞计数", "10^9/L", 2, "..13:4.3-11.3 3.5-9.5", ("4.60", "8.20"), ("1.50", "30.00")),
        _item("NEUT%", "770-8", "中性粒细胞百分比", "%", 1, "..13:31.0-70.0 40.0-75.0", ("50.0", "64.0")),
        _derived(
            "LYMPH%",
            "736-9",
            "淋巴细胞百分比",
            "%",
            1,
            "..13:23.0-59.0 20.0-50.0",
            lambda v: Decimal(100) - v["NEUT%"] - v["MONO%"] - v["EO%"] - v["BASO%"],
        ),
        _item("MONO%", "5905-5", "单核细胞百分比", "%", 1, "..13:2.0-11.0 3.0-10.0", ("4.5", "8.0")),
        _item("EO%", "713-8", "嗜酸性粒细胞百分比", "%", 1, "..13:0.0-9.0 0.4-8.0", ("0.8", "3.5")),
        _item("BASO%", "706-2", "嗜碱性粒细胞百分比", "%", 1, "0.0-1.0", ("0.1", "0.7")),
        _derived("NEUT#", "751-8", "中性粒细胞绝对值", "10^9/L", 2, "..13:1.6-7.8 1.8-6.3", _of_wbc("NEUT%")),
        _derived("LYMPH#", "731-0", "淋巴细胞绝对值", "10^9/L", 2, "..13:1.5-4.6 1.1-3.2", _of_wbc("LYMPH%")),
        _derived("MONO#", "742-7", "单核细胞绝对值", "10^9/L", 2, "..13:0.13-0.76 0.10-0.60", _of_wbc("MONO%")),
        _derived("EO#", "711-2", "嗜酸性粒细胞绝对值", "10^9/L", 2, "..13:0.00-0.68 0.02-0.52", _of_wbc("EO%")),
        _derived("BASO#", "704-7", "嗜碱性粒细胞绝对值", "10^9/L", 2, "..13:0.00-0.07 0.00-0.06", _of_wbc("BASO%")),
        _derived(
            "RBC", "789-8", "红细胞计数", "10^12/L", 2, "..13:4.2-5.7 m4.3-5.8 f3.8-5.1", lambda v: v["HGB"] / v["MCH"]
        ),
        _item("HGB", "718-7", "血红蛋白", "g/L", 0, "..13:118-156 m130-175 f115-150", None, ("50", "200")),
        _derived(
            "HCT",
            "4544-3",
            "红细胞比容",
            "%",
            1,
            "..13:36.0-46.0 m40.0-50.0 f35.0-45.0",
            lambda v: v["HGB"] / v["MCHC"] * 100,
        ),
        _derived(
            "MCV", "787-2", "平均红细胞体积", "fL", 1, "..13:77.0-92.0 82.0-100.0", lambda v: v["HCT"] / v["RBC"] * 10
        ),
        _item("MCH", "785-6", "平均红细胞血红蛋白量", "pg", 1, "..13:25.0-34.0 27.0-34.0", ("29.2", "31.4")),
        _item("MCHC", "786-4", "平均红细胞血红蛋白浓度", "g/L", 0, "..13:310-355 316-354", ("328", "345")),
        _item("PLT", "777-3", "血小板计数", "10^9/L", 0, "..12:167-453 125-350", ("178", "286"), ("30", "1000")),
    ),
)

LIVER = Panel(
    "LIVER",
    "24325-3",
    "肝功能",
    "血清",
    120,
    (
        _item("ALT", "1742-6", "丙氨酸氨基转移酶", "U/L", 0, "m9-50 f7-40", ("13", "30")),
        _item("AST", "1920-8", "天门冬氨酸氨基转移酶", "U/L", 0, "m15-40 f13-35", ("17", "28")),
        _item("ALP", "6768-6", "碱性磷酸酶", "U/L", 0, "m45-125 f..50:35-100 f50-135", ("58", "92")),
        _item("GGT", "2324-2", "γ-谷氨酰转移酶", "U/L", 0, "m10-60 f7-45", ("14", "32")),
        _item("TP", "2885-2", "总蛋白", "g/L", 1, "65.0-85.0", ("70.0", "76.0")),
        _item("ALB", "1751-7", "白蛋白", "g/L", 1, "40.0-55.0", ("43.0", "47.0")),
        _derived("GLB", "10834-0", "球蛋白", "g/L", 1, "20.0-40.0", lambda v: v["TP"] - v["ALB"]),
        _derived("A/G", "1759-0", "白球比", "", 2, "1.20-2.40", lambda v: v["ALB"] / v["GLB"]),
        _item("TBIL", "14631-6", "总胆红素", "μmol/L", 1, "m-26.0 f-21.0", ("8.0", "15.0")),
        _item("DBIL", "14629-0", "直接胆红素", "μmol/L", 1, "-8.0", ("2.1", "4.4")),
        _derived("IBIL", "14630-8", "间接胆红素", "μmol/L", 1, "-18.0", lambda v: v["TBIL"] - v["DBIL"]),
    ),
)

RENAL = Panel(
    "RENAL",
    "24362-6",
    "肾功能",
    "血清",
    120,
    (
        _item("UREA", "22664-7", "尿素", "mmol/L", 2, "m..60:3.10-8.00 m3.60-9.50 f..60:2.60-7.50 f3.10-8.80"),
        _item("CREA", "14682-9", "肌酐", "μmol/L", 0, "m..60:57-97 m57-111 f..60:41-73 f41-81"),
        _item("UA", "14933-6", "尿酸", "μmol/L", 0, "m208-428 f155-357"),
    ),
)

ELECTROLYTES = Panel(
    "ELEC",
    None,
    "电解质",
    "血清",
    75,
    (
        _item("K", "2823-3", "钾", "mmol/L", 2, "3.50-5.30", ("3.80", "4.70"), ("2.80", "6.20")),
        _item("NA", "2951-2", "钠", "mmol/L", 1, "137.0-147.0", ("138.5", "144.0"), ("120.0", "160.0")),
        _item("CL", "2075-0", "氯", "mmol/L", 1, "99.0-110.0", ("101.0", "106.5")),
        _item("CA", "2000-8", "钙", "mmol/L", 2, "2.11-2.52", ("2.20", "2.42")),
    ),
)

LIPIDS = Panel(
    "LIPID",
    "24331-1",
    "血脂",
    "血清",
    120,
    (
        _item("TC", "14647-2", "总胆固醇", "mmol/L", 2, "-5.20", ("3.80", "4.70")),
        _item("TG", "14927-8", "甘油三酯", "mmol/L", 2, "-1.70", ("0.75", "1.45")),
        _item("HDL-C", "14646-4", "高密度脂蛋白胆固醇", "mmol/L", 2, "1.04-", ("1.18", "1.55")),
        # Friedewald in mmol/L, so the four lines of one report never contradict each other.
        _derived(
            "LDL-C",
            "22748-8",
            "低密度脂蛋白胆固醇",
            "mmol/L",
            2,
            "-3.40",
            lambda v: v["TC"] - v["HDL-C"] - v["TG"] / Decimal("2.2"),
        ),
    ),
)

GLUCOSE = Panel(
    "GLU",
    None,
    "空腹血糖+糖化血红蛋白",
    "血清/全血",
    90,
    (
        _item("GLU", "14771-0", "空腹葡萄糖", "mmol/L", 2, "3.90-6.10", ("4.60", "5.60"), ("2.20", "24.80")),
        _item("HBA1C", "4548-4", "糖化血红蛋白", "%", 1, "4.0-6.0", ("5.0", "5.7")),
    ),
)

CAPILLARY_GLUCOSE = Panel(
    "POCT",
    None,
    "末梢血糖(POCT)",
    "末梢血",
    3,
    (_item("POCT-GLU", "14743-9", "末梢血葡萄糖", "mmol/L", 1, "3.9-6.1", ("4.6", "5.8"), ("2.2", "24.8")),),
)

THYROID = Panel(
    "THYROID",
    None,
    "甲状腺功能",
    "血清",
    1440,
    (
        _item("TSH", "3016-3", "促甲状腺激素", "mIU/L", 3, "0.270-4.200", ("1.100", "3.200")),
        _item("FT3", "14928-6", "游离三碘甲状腺原氨酸", "pmol/L", 2, "3.10-6.80", ("4.10", "5.60")),
        _item("FT4", "14920-3", "游离甲状腺素", "pmol/L", 2, "12.00-22.00", ("14.00", "19.00")),
    ),
)

HS_CRP = Panel(
    "HSCRP",
    None,
    "超敏C反应蛋白",
    "静脉血",
    30,
    (
        replace(
            _item("HS-CRP", "30522-7", "超敏C反应蛋白", "mg/L", 1, "-3.0", ("0.2", "1.8")),
            detection_limit="0.5",
        ),
    ),
)

_DIPSTICK = (
    ("U-LEU", "5799-2", "尿白细胞酯酶"),
    ("U-NIT", "5802-4", "尿亚硝酸盐"),
    ("U-PRO", "20454-5", "尿蛋白"),
    ("U-GLU", "25428-4", "尿葡萄糖"),
    ("U-KET", "2514-8", "尿酮体"),
    ("U-BIL", "5770-3", "尿胆红素"),
    ("U-BLD", "5794-3", "尿隐血"),
)

URINE = Panel(
    "URINE",
    "24356-8",
    "尿常规",
    "尿液",
    40,
    (
        Analyte("U-COL", "5778-6", "尿颜色", normal_text="淡黄色"),
        Analyte("U-CLA", "5767-9", "尿透明度", normal_text="清亮"),
        _item("U-SG", "5811-5", "尿比重", "", 3, "1.003-1.030", ("1.010", "1.024")),
        _item("U-PH", "5803-2", "尿酸碱度", "", 1, "4.5-8.0", ("5.5", "7.0")),
        *(Analyte(code, loinc, name, normal_text=NEGATIVE) for code, loinc, name in _DIPSTICK),
    ),
)

PANELS: dict[str, Panel] = {
    panel.code: panel
    for panel in (
        BLOOD_COUNT,
        LIVER,
        RENAL,
        ELECTROLYTES,
        LIPIDS,
        GLUCOSE,
        CAPILLARY_GLUCOSE,
        THYROID,
        HS_CRP,
        URINE,
    )
}

# The township laboratory prints its own intervals and decimals: the portal must show what each laboratory printed.
_TOWNSHIP: dict[str, Analyte] = {
    "ALT": _item("ALT", "1742-6", "谷丙转氨酶", "U/L", 1, "0.0-40.0", ("13.0", "30.0")),
    "AST": _item("AST", "1920-8", "谷草转氨酶", "U/L", 1, "0.0-40.0", ("17.0", "28.0")),
    "CREA": _item("CREA", "14682-9", "肌酐", "μmol/L", 1, "m53.0-115.0 f44.0-97.0", ("58.0", "84.0")),
    "GLU": _item("GLU", "14771-0", "空腹血糖", "mmol/L", 2, "3.89-6.11", ("4.60", "5.60"), ("2.20", "24.80")),
}

RANGE_SEPARATORS = {"COUNTY": "-", "TOWN1": "~"}


def panel_of(facility_code: str, panel_code: str) -> Panel:
    """Return the panel as this facility's laboratory runs it; KeyError for an unknown panel."""
    panel = PANELS[panel_code]
    if facility_code != "TOWN1":
        return panel
    return replace(panel, analytes=tuple(_TOWNSHIP.get(item.code, item) for item in panel.analytes))
