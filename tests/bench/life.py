"""Twenty years of one resident's record, and rows of many others, put together by the database in seconds."""

from typing import Any

from django.db import connections

from records.exchange.models import Source
from records.models import (
    Condition,
    Document,
    Encounter,
    Examination,
    FollowUp,
    Immunization,
    Medication,
    Observation,
    Report,
)
from residents.models import Resident
from tests.factories import NOON

OBSERVATIONS, REPORTS, VISITS, PRESCRIPTIONS, DIAGNOSES, SHOTS = 5_000, 400, 240, 600, 40, 20
CHECK_UPS, FOLLOW_UPS, DOCUMENTS, ANSWERS = 20, 80, 30, 60
# What is measured, each with the code that a laboratory gives it.
_ITEMS = """
葡萄糖 2345-7 糖化血红蛋白 4548-4 丙氨酸氨基转移酶 1742-6 天门冬氨酸氨基转移酶 1920-8 肌酐 14682-9 尿素 22664-7
总胆固醇 14647-2 甘油三酯 14927-8 钾 2823-3 钠 2951-2 氯 2075-0 钙 2000-8 白细胞计数 6690-2 尿酸 14933-6
血红蛋白 718-7 血小板计数 777-3 促甲状腺激素 3016-3 总蛋白 2885-2 白蛋白 1751-7 总胆红素 14631-6 红细胞计数 789-8
"""
_DRUGS = "苯磺酸氨氯地平片 盐酸二甲双胍片 阿司匹林肠溶片 阿托伐他汀钙片 缬沙坦胶囊 硝酸甘油片 布洛芬缓释胶囊"
ITEMS, DRUGS = _ITEMS.split(), _DRUGS.split()
COMMON = {
    "version": "'1'",
    "received_at": "at",
    "occurred_at": "at",
    "zone_assumed": "false",
    "sensitivity": "4",
    "release": "'released'",
    "facility_id": "%(facility)s::uuid",
    "facility_name": "%(place)s::text",
    "source_id": "%(source)s::uuid",
    "resident_id": "%(resident)s::uuid",
    "id": "gen_random_uuid()",
}
STATED = {"code_system": "''", "code": "''", "state": "'active'", "note": "''", "practitioner_name": "'马医生'"}
MEASURED = {
    **dict.fromkeys(("part", "local_code", "comparator", "method", "note", "encounter_identifier"), "''"),
    "name": "(%(names)s::text[])[1 + n %% %(kinds)s::int]",
    "code": "(%(codes)s::text[])[1 + n %% %(kinds)s::int]",
    "code_system": "'http://loinc.org'",
    "category": "CASE WHEN n %% 9 = 0 THEN 'vital_signs' ELSE 'laboratory' END",
    "value_text": "(n %% 97)::text",
    "flag": "CASE WHEN n %% 11 = 0 THEN 'high' ELSE 'normal' END",
    "unit": "'mmol/L'",
    "unit_code": "'mmol/L'",
    "range_text": "'3.5-9.5'",
    "specimen": "'血清'",
}
REPORTED = {
    **dict.fromkeys(("report_number", "reporting_name", "specimen", "note", "encounter_identifier"), "''"),
    "category": "(ARRAY['laboratory', 'laboratory', 'imaging', 'ecg'])[1 + n %% 4]",
    "status": "'final'",
    "title": "(ARRAY['肝功能', '血常规', '胸部正位片', '常规心电图'])[1 + n %% 4]",
    "issued_at": "at",
    "findings": "CASE WHEN n %% 4 = 2 THEN repeat('两肺纹理清晰，未见明显实变影。', 8) ELSE '' END",
    "impression": "CASE WHEN n %% 4 = 2 THEN '右肺上叶小结节，建议复查' ELSE '' END",
    "unshown_files": "0",
    "practitioner_name": "'马医生'",
    "original_hashes": "'{}'",
    "item_identifiers": "ARRAY(SELECT 'i-' || (n * 12 + k) FROM generate_series(0, 11) AS k)",
}
VISITED = {
    "kind": "'ambulatory'",
    "department_name": "'内科'",
    "practitioner_name": "'马医生'",
    "reason": "'高血压随访'",
}
TAKEN = STATED | {"name": f"(%(drugs)s::text[])[1 + n %% {len(DRUGS)}]", "dosage": "'一次5mg，每日一次'"}
GIVEN = STATED | {"name": "'流感疫苗'", "lot_number": "''", "dose": "''", "site": "''"}
# A form's items, as many as one page of the national form has.
ANSWERED = {
    "department_name": "'公共卫生科'",
    "practitioner_name": "'马医生'",
    "encounter_identifier": "''",
    "assessment": "'血压控制满意'",
    "guidance": "'清淡饮食，按时服药'",
    "answers": "(SELECT jsonb_agg(jsonb_build_object('section', (ARRAY['一般状况', '辅助检查'])[1 + k %% 2],"
    " 'label', '第' || k || '项', 'value', ((n + k) %% 97)::text, 'unit', 'mmol/L', 'range', '3.5-9.5',"
    f" 'flag', CASE WHEN k %% 11 = 0 THEN 'high' ELSE '' END)) FROM generate_series(1, {ANSWERS}) AS k)",
}
CHECKED = ANSWERED | {"title": "'老年人健康体检'", "year": "extract(year FROM at)::int"}
FOLLOWED = ANSWERED | {
    "title": "'高血压患者随访'",
    "programme": "(ARRAY['hypertension', 'diabetes'])[1 + n %% 2]",
    "way": "'clinic'",
    "control": "'satisfied'",
    "next_due": "(at + interval '90 days')::date",
}
WRITTEN = {
    **dict.fromkeys(("code_system", "code", "encounter_identifier"), "''"),
    "title": "'出院小结'",
    "author": "'马医生'",
    "department_name": "'内科'",
    "unshown_files": "0",
    "sections": "jsonb_build_array(jsonb_build_object('title', '诊疗经过', 'text', repeat('病情平稳。', 40)))",
}


def live(of: Resident, feed: Source, most: int = OBSERVATIONS) -> None:
    """Give a resident twenty years of rows of every kind, at most so many of each."""
    for model, count, letter, columns in (
        (Observation, OBSERVATIONS, "i", MEASURED),
        (Report, REPORTS, "r", REPORTED),
        (Encounter, VISITS, "e", VISITED),
        (Medication, PRESCRIPTIONS, "m", TAKEN),
        (Condition, DIAGNOSES, "c", STATED | {"name": "'原发性高血压'"}),
        (Immunization, SHOTS, "v", GIVEN),
        (Examination, CHECK_UPS, "x", CHECKED),
        (FollowUp, FOLLOW_UPS, "f", FOLLOWED),
        (Document, DOCUMENTS, "d", WRITTEN),
    ):
        _rows(model, of, feed, min(count, most), COMMON | {"identifier": f"'{letter}-' || n"} | columns)


def neighbours(of: Resident, since: int, until: int) -> None:
    """Give the county so many more residents, each with ten rows like hers: what the tables hold around hers.

    Written in the order of the residents and without their rules, so that a million take minutes.
    """
    numbers = {"since": since, "until": until, "of": of.pk}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            _like("residents_resident", "id = %(of)s", "1", {"id": NEIGHBOUR, "phone_index": "NULL"}), numbers
        )
        for model, each in AROUND.items():
            changed = {"id": "gen_random_uuid()", "resident_id": NEIGHBOUR, "identifier": "identifier || '-' || n"}
            text = _like(model._meta.db_table, "resident_id = %(of)s", str(each), changed)
            cursor.execute(text, numbers)
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")


NEIGHBOUR = "('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
# Rows of each neighbour: ten.
AROUND: dict[Any, int] = {Observation: 6, Report: 1, Encounter: 1, Medication: 1, Condition: 1}


def _like(table: str, which: str, each: str, changed: dict[str, str]) -> str:
    """So many rows for each neighbour, like hers but for the columns that are `changed`."""
    columns = (
        f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(columns + " AND attgenerated = '' ORDER BY attnum")
        names = [row[0] for row in cursor.fetchall()]
    listed = ", ".join(f'"{name}"' for name in names)
    made = ", ".join(changed.get(name, f'"{name}"') for name in names)
    hers = f"SELECT * FROM {table} WHERE {which} LIMIT {each}"
    numbers = "generate_series(%(since)s::int, %(until)s::int - 1) AS n"
    return f"INSERT INTO {table} ({listed}) SELECT {made} FROM {numbers} CROSS JOIN ({hers}) AS hers"


def _rows(model: Any, of: Resident, feed: Source, count: int, values: dict[str, str]) -> None:
    """As many rows, spread over the years, the newest first."""
    text = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM ("
        "SELECT n, %(now)s::timestamptz - n * (interval '20 years' / %(count)s::int) AS at"
        " FROM generate_series(0, %(count)s::int - 1) AS n) AS every"
    )
    arguments: dict[str, Any] = {
        "resident": of.pk,
        "source": feed.pk,
        "facility": feed.facility_id,
        "place": feed.facility.name,
        "names": ITEMS[::2],
        "codes": ITEMS[1::2],
        "kinds": len(ITEMS) // 2,
        "drugs": DRUGS,
        "count": count,
        "now": NOON,
    }
    with connections["owner"].cursor() as cursor:
        cursor.execute(text, arguments)
