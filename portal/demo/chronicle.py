"""What the facilities know beside visits: diagnoses, prescriptions, allergies, vaccinations and procedures."""

from dataclasses import dataclass
from datetime import datetime

from .histories import moment


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One entry of a problem list; ``ended`` is set where the illness is over."""

    facility_code: str
    resident_key: str
    recorded: datetime
    icd10: str
    name: str
    onset: str
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Prescription:
    """One medicine as prescribed, with the dosage in words."""

    facility_code: str
    resident_key: str
    written: datetime
    practitioner_code: str
    medicine: str
    dosage: str
    quantity: int
    unit: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class AllergyNote:
    """A known allergy; ``category`` and ``criticality`` are FHIR codes."""

    facility_code: str
    resident_key: str
    recorded: datetime
    substance: str
    category: str
    criticality: str
    reaction: str


@dataclass(frozen=True, slots=True)
class Vaccination:
    """One dose given."""

    facility_code: str
    resident_key: str
    given: datetime
    vaccine: str
    lot: str
    dose_number: int
    route: str = "肌内注射"


@dataclass(frozen=True, slots=True)
class Operation:
    """One procedure done."""

    facility_code: str
    resident_key: str
    performed: datetime
    practitioner_code: str
    icd9: str
    name: str
    outcome: str


Entry = Diagnosis | Prescription | AllergyNote | Vaccination | Operation

DIAGNOSES: tuple[Diagnosis, ...] = tuple(
    Diagnosis(place, who, moment(recorded), code, name, onset, ended)
    for place, who, recorded, code, name, onset, ended in (
        ("COUNTY", "he_lanfang", "2023-03-07 09:30", "I10", "原发性高血压2级", "2011-04", None),
        ("COUNTY", "he_lanfang", "2023-03-07 09:31", "E11.9", "2型糖尿病", "2016-10", None),
        ("COUNTY", "he_lanfang", "2023-03-07 11:40", "E78.5", "高脂血症", "2023-03-07", None),
        ("TOWN1", "he_lanfang", "2023-02-14 08:45", "I10", "高血压", "2011", None),
        ("TOWN1", "he_lanfang", "2023-02-14 08:46", "E11.9", "2型糖尿病", "2016", None),
        ("COUNTY", "ma_dehai", "2026-04-14 11:50", "N18.4", "慢性肾脏病4期", "2021", None),
        ("COUNTY", "ma_dehai", "2026-10-13 10:20", "E87.5", "高钾血症", "2026-10-13", None),
        ("TOWN1", "ma_dehai", "2025-05-20 10:30", "I48.9", "心房颤动", "2025-05-20", None),
        ("COUNTY", "tian_guiying", "2023-11-09 10:00", "E03.9", "甲状腺功能减退症", "2023-11-09", None),
        ("TOWN1", "tian_guiying", "2025-05-21 10:40", "K80.2", "胆囊结石", "2025-05-21", None),
        ("TOWN1", "zhao_tiezhu", "2025-05-22 09:00", "I10", "高血压", "2014", None),
        ("TOWN1", "zhao_tiezhu", "2026-01-14 16:10", "J44.1", "慢性阻塞性肺疾病急性加重", "2026-01-11", "2026-01-27"),
        ("COUNTY", "ouyang_ming", "2025-06-10 11:20", "K76.0", "脂肪肝", "2025-06-10", None),
        ("COUNTY", "li_chunhua", "2025-11-05 11:30", "E78.5", "高脂血症", "2025-11-05", None),
        ("COUNTY", "zhou_jie", "2026-08-04 11:30", "N39.0", "泌尿道感染", "2026-08-03", "2026-08-10"),
        ("COUNTY", "lin_zihan", "2026-03-03 16:00", "J06.9", "急性上呼吸道感染", "2026-03-01", "2026-03-08"),
        ("COUNTY", "su_xiaoyan", "2026-10-27 11:10", "O99.0", "妊娠合并轻度贫血", "2026-10-27", None),
    )
)

PRESCRIPTIONS: tuple[Prescription, ...] = tuple(
    Prescription(place, who, moment(written), doctor, medicine, dosage, quantity, unit, active)
    for place, who, written, doctor, medicine, dosage, quantity, unit, active in (
        ("TOWN1", "he_lanfang", "2023-02-14 08:50", "T01", "苯磺酸氨氯地平片 5mg",
         "口服,每次5mg(1片),每日1次,早晨服用", 28, "片", False),
        ("TOWN1", "he_lanfang", "2026-11-10 08:50", "T01", "苯磺酸氨氯地平片 5mg",
         "口服,每次5mg(1片),每日1次,早晨服用", 84, "片", True),
        ("TOWN1", "he_lanfang", "2026-11-10 08:51", "T01", "盐酸二甲双胍片 0.5g",
         "口服,每次0.5g(1片),每日2次,随餐服用", 168, "片", True),
        ("COUNTY", "he_lanfang", "2026-10-20 11:30", "C01", "阿托伐他汀钙片 20mg",
         "口服,每次20mg(1片),每日1次,睡前服用", 28, "片", True),
        ("COUNTY", "ma_dehai", "2026-04-14 12:00", "C08", "碳酸氢钠片 0.5g",
         "口服,每次1g(2片),每日3次,饭后服用", 168, "片", True),
        ("COUNTY", "ma_dehai", "2026-10-13 10:25", "C08", "聚苯乙烯磺酸钙散 5g",
         "口服,每次5g(1袋),每日3次,温水冲服", 9, "袋", False),
        ("COUNTY", "tian_guiying", "2026-06-11 09:30", "C01", "左甲状腺素钠片 50μg",
         "口服,每次50μg(1片),每日1次,早餐前半小时空腹服用", 100, "片", True),
        ("TOWN1", "zhao_tiezhu", "2025-05-22 09:10", "T01", "缬沙坦胶囊 80mg",
         "口服,每次80mg(1粒),每日1次", 28, "粒", True),
        ("COUNTY", "zhao_tiezhu", "2026-01-20 11:00", "C02", "噻托溴铵粉吸入剂 18μg",
         "吸入,每次18μg(1粒),每日1次", 30, "粒", True),
        ("COUNTY", "li_chunhua", "2026-05-27 11:20", "C02", "瑞舒伐他汀钙片 10mg",
         "口服,每次10mg(1片),每日1次", 28, "片", True),
        ("COUNTY", "zhou_jie", "2026-08-04 11:35", "C02", "磷霉素氨丁三醇散 3g",
         "口服,3g(1袋),单次服用,多饮水", 1, "袋", False),
        ("COUNTY", "su_xiaoyan", "2026-10-27 11:15", "C04", "多糖铁复合物胶囊 150mg",
         "口服,每次150mg(1粒),每日1次", 30, "粒", True),
    )
)  # fmt: skip

ALLERGIES: tuple[AllergyNote, ...] = (
    AllergyNote(
        "COUNTY", "he_lanfang", moment("2023-03-07 09:15"), "青霉素", "medication", "high", "皮疹、皮肤瘙痒,皮试阳性"
    ),
    AllergyNote("TOWN1", "liu_zhiqiang", moment("2026-02-11 10:05"), "海虾", "food", "low", "进食后口周瘙痒、风团"),
)

VACCINATIONS: tuple[Vaccination, ...] = tuple(
    Vaccination(place, who, moment(given), vaccine, lot, dose, route)
    for place, who, given, vaccine, lot, dose, route in (
        ("TOWN1", "he_lanfang", "2024-10-23 09:20", "四价流感病毒裂解疫苗", "DEMO2408012", 1, "肌内注射"),
        ("TOWN1", "he_lanfang", "2025-10-22 09:35", "四价流感病毒裂解疫苗", "DEMO2508027", 1, "肌内注射"),
        ("TOWN1", "he_lanfang", "2026-10-23 09:10", "四价流感病毒裂解疫苗", "DEMO2608019", 1, "肌内注射"),
        ("TOWN1", "ma_dehai", "2025-10-22 09:50", "23价肺炎球菌多糖疫苗", "DEMO2503006", 1, "肌内注射"),
        ("TOWN1", "lin_zihan", "2019-05-18 12:30", "重组乙型肝炎疫苗（酿酒酵母）", "DEMO1903011", 1, "肌内注射"),
        ("TOWN1", "lin_zihan", "2019-05-18 12:35", "卡介苗", "DEMO1902004", 1, "皮内注射"),
        ("TOWN1", "lin_zihan", "2019-06-20 10:00", "重组乙型肝炎疫苗（酿酒酵母）", "DEMO1903011", 2, "肌内注射"),
        ("TOWN1", "lin_zihan", "2019-11-18 10:00", "重组乙型肝炎疫苗（酿酒酵母）", "DEMO1907020", 3, "肌内注射"),
        ("TOWN1", "lin_zihan", "2023-05-18 10:00", "口服I型Ⅲ型脊髓灰质炎减毒活疫苗", "DEMO2301009", 4, "口服"),
        ("TOWN1", "lin_zihan", "2020-11-18 10:00", "麻腮风联合减毒活疫苗", "DEMO2006013", 2, "皮下注射"),
        ("TOWN1", "lin_zihan", "2020-11-18 10:05", "冻干甲型肝炎减毒活疫苗", "DEMO2005017", 1, "皮下注射"),
        ("TOWN1", "lin_zihan", "2020-02-18 10:00", "A群脑膜炎球菌多糖疫苗", "DEMO1909021", 2, "皮下注射"),
        ("TOWN1", "lin_zihan", "2025-07-16 10:10", "吸附无细胞百白破联合疫苗", "DEMO2502031", 5, "肌内注射"),
        ("TOWN1", "lin_zihan", "2025-07-30 10:15", "A群C群脑膜炎球菌多糖疫苗", "DEMO2501044", 2, "皮下注射"),
    )
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "COUNTY",
        "he_lanfang",
        moment("2024-10-15 10:25"),
        "C07",
        "95.11",
        "免散瞳眼底照相",
        "双眼未见糖尿病视网膜病变,建议每年复查。",
    ),
    Operation(
        "COUNTY",
        "ma_dehai",
        moment("2023-05-18 10:00"),
        "C07",
        "13.41",
        "右眼白内障超声乳化摘除联合人工晶状体植入术",
        "手术顺利,术后第一天视力0.6。",
    ),
    Operation("TOWN1", "tian_guiying", moment("2026-04-15 15:00"), "T02", "99.92", "腰部针刺治疗", "治疗后腰痛减轻。"),
)
