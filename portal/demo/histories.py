"""Who came to which facility, when, why, and what was examined: the visits of the demonstration county."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Visit:
    """One outpatient visit.

    ``items`` names panels (``GLU``), narratives (``ECG:st``) and ``BP`` for blood pressure; ``GLU/corrected`` or
    ``HSCRP/entered-in-error`` gives a report that status.
    """

    facility_code: str
    resident_key: str
    at: datetime
    practitioner_code: str
    reason: str
    items: tuple[str, ...]


_ROWS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("COUNTY", "he_lanfang", "2023-03-07 09:10", "C01", "血糖控制不佳,调整用药", "GLU LIPID LIVER RENAL URINE BP"),
    ("COUNTY", "he_lanfang", "2023-09-12 08:50", "C02", "高血压复诊", "LIPID RENAL ECG:st BP"),
    ("COUNTY", "he_lanfang", "2024-03-19 09:30", "C01", "2型糖尿病复诊", "GLU LIPID LIVER RENAL THYROID"),
    ("COUNTY", "he_lanfang", "2024-10-15 10:05", "C07", "糖尿病眼底筛查", ""),
    ("COUNTY", "he_lanfang", "2025-03-11 08:40", "C01", "2型糖尿病复诊", "GLU LIPID RENAL ELEC BP"),
    ("COUNTY", "he_lanfang", "2025-09-16 09:15", "C02", "高血压、高脂血症复诊", "LIPID LIVER RENAL HSCRP"),
    (
        "COUNTY",
        "he_lanfang",
        "2026-03-17 08:35",
        "C01",
        "2型糖尿病、高血压年度复查",
        "GLU/corrected LIPID LIVER RENAL URINE BLOOD THYROID XR:aorta BP",
    ),
    ("COUNTY", "he_lanfang", "2026-10-20 09:00", "C01", "2型糖尿病、高血压复诊", "GLU LIPID RENAL BP"),
    ("TOWN1", "he_lanfang", "2023-02-14 08:30", "T01", "糖尿病、高血压随访", "GLU BP"),
    (
        "TOWN1",
        "he_lanfang",
        "2023-05-16 08:20",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD URINE LIVER RENAL LIPID GLU ECG:st BP",
    ),
    ("TOWN1", "he_lanfang", "2023-08-15 08:40", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2023-11-14 08:30", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2024-02-20 08:45", "T01", "糖尿病、高血压随访", "GLU BP"),
    (
        "TOWN1",
        "he_lanfang",
        "2024-05-14 08:15",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD URINE LIVER RENAL LIPID GLU ECG:st US:mild_fatty_liver BP",
    ),
    ("TOWN1", "he_lanfang", "2024-08-13 08:40", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2024-11-12 08:35", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2025-02-18 08:50", "T01", "糖尿病、高血压随访", "GLU BP"),
    (
        "TOWN1",
        "he_lanfang",
        "2025-05-13 08:10",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD URINE LIVER RENAL LIPID GLU XR:aorta ECG:st US:mild_fatty_liver BP",
    ),
    ("TOWN1", "he_lanfang", "2025-08-12 08:30", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2025-11-11 08:30", "T01", "糖尿病、高血压随访", "GLU HSCRP/entered-in-error BP"),
    ("TOWN1", "he_lanfang", "2026-02-24 08:40", "T01", "糖尿病、高血压随访", "GLU BP"),
    (
        "TOWN1",
        "he_lanfang",
        "2026-05-12 08:15",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD URINE LIVER RENAL LIPID GLU XR:aorta ECG:st US:mild_fatty_liver BP",
    ),
    ("TOWN1", "he_lanfang", "2026-08-11 08:30", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("TOWN1", "he_lanfang", "2026-11-10 08:25", "T01", "糖尿病、高血压随访", "GLU BP"),
    ("COUNTY", "wang_jianguo", "2025-10-14 09:20", "C02", "健康体检", "BLOOD GLU LIPID"),
    ("COUNTY", "wang_jianguo", "2026-09-08 10:10", "C02", "胸闷2天", "GLU ECG:normal"),
    ("COUNTY", "he_xiaoyu", "2025-12-09 08:30", "C01", "单位健康体检", "BLOOD LIVER THYROID US:normal"),
    ("COUNTY", "ma_dehai", "2026-04-14 09:40", "C08", "慢性肾脏病复诊", "RENAL ELEC BLOOD"),
    ("COUNTY", "ma_dehai", "2026-10-13 08:20", "C08", "乏力3天", "RENAL ELEC"),
    ("TOWN1", "ma_dehai", "2025-05-20 08:20", "T01", "65岁以上老年人健康体检", "BLOOD URINE RENAL ECG:af US:kidney BP"),
    ("TOWN1", "ma_dehai", "2026-05-19 08:30", "T01", "65岁以上老年人健康体检", "BLOOD URINE RENAL ECG:af US:kidney BP"),
    ("COUNTY", "lin_zihan", "2026-03-03 15:10", "C05", "发热、咳嗽2天", "BLOOD HSCRP"),
    ("TOWN1", "su_xiaoyan", "2026-06-16 09:00", "T03", "孕早期建册检查", "BLOOD URINE GLU LIVER"),
    ("COUNTY", "su_xiaoyan", "2026-07-14 09:20", "C04", "产前检查", "THYROID"),
    ("TOWN1", "su_xiaoyan", "2026-09-15 09:10", "T03", "产前检查", "BLOOD URINE"),
    ("COUNTY", "su_xiaoyan", "2026-10-27 09:30", "C04", "产前检查", "BLOOD GLU URINE"),
    ("COUNTY", "zhou_jie", "2026-08-04 10:30", "C02", "尿频、尿痛1天", "URINE BLOOD"),
    ("COUNTY", "ouyang_ming", "2025-06-10 08:45", "C02", "体检发现转氨酶升高", "LIVER LIPID RENAL US:fatty_liver"),
    ("COUNTY", "ouyang_ming", "2026-04-21 08:55", "C02", "脂肪肝复查", "LIVER LIPID"),
    ("COUNTY", "aynur", "2026-07-07 09:05", "C02", "入职体检", "BLOOD LIVER RENAL XR:normal ECG:normal"),
    ("COUNTY", "tian_guiying", "2023-11-08 09:00", "C01", "乏力、怕冷3月", "THYROID"),
    ("COUNTY", "tian_guiying", "2024-06-05 09:10", "C01", "甲状腺功能减退症复诊", "THYROID"),
    ("COUNTY", "tian_guiying", "2026-06-10 08:50", "C01", "甲状腺功能减退症复诊", "THYROID LIPID"),
    (
        "TOWN1",
        "tian_guiying",
        "2025-05-21 08:25",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD LIVER LIPID GLU ECG:normal US:gallstone",
    ),
    (
        "TOWN1",
        "tian_guiying",
        "2026-05-20 08:35",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD LIVER LIPID GLU ECG:normal US:gallstone",
    ),
    ("TOWN1", "liu_zhiqiang", "2026-02-11 10:00", "T01", "返乡体检", "BLOOD HSCRP XR:normal"),
    (
        "TOWN1",
        "zhao_tiezhu",
        "2025-05-22 08:40",
        "T01",
        "65岁以上老年人健康体检",
        "BLOOD LIVER RENAL GLU ECG:normal BP",
    ),
    ("TOWN1", "zhao_tiezhu", "2026-01-14 14:20", "T01", "咳嗽、咳痰加重3天", "BLOOD HSCRP XR:copd BP"),
    ("COUNTY", "zhao_tiezhu", "2026-01-20 09:35", "C02", "慢阻肺急性加重复诊", "BLOOD ELEC ECG:normal"),
    ("COUNTY", "li_chunhua", "2025-11-05 08:50", "C02", "血脂偏高", "LIPID LIVER"),
    ("COUNTY", "li_chunhua", "2026-05-27 09:00", "C02", "高脂血症复诊", "LIPID"),
)


def moment(text: str) -> datetime:
    """Read ``2026-03-17 08:35`` as the time on a clock in China."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


VISITS: tuple[Visit, ...] = tuple(
    Visit(facility_code, who, moment(at), practitioner_code, reason, tuple(items.split()))
    for facility_code, who, at, practitioner_code, reason, items in _ROWS
)
