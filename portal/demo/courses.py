"""How each resident's values run over the years: the illnesses of the demonstration county, in numbers.

A course is a list of (day, value) points. Between two points a number is drawn on the straight line, with a little
laboratory scatter; a word (阳性(+)) holds from its day on. What has no course is drawn from the healthy band.
"""

from datetime import date
from decimal import Decimal
from random import Random

Course = tuple[tuple[str, str], ...]

_SCATTER = 0.018

COURSES: dict[str, dict[str, Course]] = {
    "he_lanfang": {
        "HBA1C": (
            ("2023-01-01", "8.6"),
            ("2023-09-01", "7.8"),
            ("2024-06-01", "7.2"),
            ("2025-02-15", "7.9"),
            ("2025-09-01", "7.0"),
            ("2026-11-01", "6.6"),
        ),
        "GLU": (
            ("2023-01-01", "9.60"),
            ("2023-09-01", "8.30"),
            ("2024-06-01", "7.40"),
            ("2025-02-15", "8.60"),
            ("2025-09-01", "7.10"),
            ("2026-11-01", "6.70"),
        ),
        "POCT-GLU": (("2026-01-01", "7.2"),),
        "TC": (("2023-01-01", "6.05"), ("2024-03-01", "5.10"), ("2026-11-01", "4.62")),
        "TG": (("2023-01-01", "2.40"), ("2024-03-01", "1.95"), ("2026-11-01", "1.62")),
        "HDL-C": (("2023-01-01", "1.08"), ("2026-11-01", "1.22")),
        "CREA": (("2023-01-01", "64"), ("2026-11-01", "84")),
        "UREA": (("2023-01-01", "5.60"), ("2026-11-01", "7.20")),
        "UA": (("2023-01-01", "318"), ("2026-11-01", "368")),
        "U-GLU": (("2023-01-01", "阳性(+)"), ("2024-06-01", "阴性(-)")),
        "U-PRO": (("2023-01-01", "阴性(-)"), ("2026-01-01", "弱阳性(±)")),
        "SYS": (("2023-01-01", "158"), ("2024-06-01", "142"), ("2026-11-01", "132")),
        "DIA": (("2023-01-01", "94"), ("2024-06-01", "86"), ("2026-11-01", "78")),
    },
    "wang_jianguo": {
        "GLU": (("2025-01-01", "6.40"),),
        "HBA1C": (("2025-01-01", "6.1"),),
        "TG": (("2025-01-01", "1.92"),),
        "TC": (("2025-01-01", "5.05"),),
    },
    "ma_dehai": {
        "CREA": (("2025-01-01", "178"), ("2026-11-01", "236")),
        "UREA": (("2025-01-01", "12.80"), ("2026-11-01", "17.60")),
        "UA": (("2025-01-01", "468"), ("2026-11-01", "512")),
        "K": (("2026-01-01", "5.10"), ("2026-09-01", "5.40"), ("2026-10-13", "6.52")),
        "HGB": (("2025-01-01", "108"), ("2026-11-01", "96")),
        "MCH": (("2025-01-01", "30.1"),),
        "U-PRO": (("2025-01-01", "阳性(++)"),),
        "SYS": (("2025-01-01", "152"),),
        "DIA": (("2025-01-01", "76"),),
    },
    "lin_zihan": {"MCH": (("2025-01-01", "27.9"),), "MCHC": (("2025-01-01", "334"),), "PLT": (("2025-01-01", "295"),)},
    "su_xiaoyan": {
        "WBC": (("2026-06-01", "8.10"), ("2026-11-01", "9.00")),
        "NEUT%": (("2026-06-01", "68.0"),),
        "HGB": (("2026-06-01", "121"), ("2026-11-01", "106")),
        "MCH": (("2026-06-01", "28.6"), ("2026-11-01", "27.6")),
        "MCHC": (("2026-06-01", "331"), ("2026-11-01", "324")),
        "GLU": (("2026-06-01", "4.60"),),
        "HBA1C": (("2026-06-01", "4.9"),),
        "TSH": (("2026-06-01", "1.860"),),
    },
    "zhou_jie": {
        "U-LEU": (("2026-08-01", "阳性(++)"),),
        "U-NIT": (("2026-08-01", "阳性(+)"),),
        "U-BLD": (("2026-08-01", "弱阳性(±)"),),
        "U-CLA": (("2026-08-01", "微浑"),),
    },
    "ouyang_ming": {
        "ALT": (("2025-06-01", "78"), ("2026-05-01", "54")),
        "AST": (("2025-06-01", "46"), ("2026-05-01", "36")),
        "GGT": (("2025-06-01", "88"), ("2026-05-01", "63")),
        "TG": (("2025-06-01", "3.10"), ("2026-05-01", "2.15")),
        "TC": (("2025-06-01", "5.55"), ("2026-05-01", "5.08")),
        "UA": (("2025-06-01", "468"),),
    },
    "tian_guiying": {
        "TSH": (("2023-11-01", "12.600"), ("2024-06-01", "6.100"), ("2026-06-01", "3.150")),
        "FT4": (("2023-11-01", "9.80"), ("2024-06-01", "12.40"), ("2026-06-01", "14.60")),
        "FT3": (("2023-11-01", "3.45"), ("2026-06-01", "4.20")),
        "TC": (("2025-01-01", "5.62"),),
        "TG": (("2025-01-01", "1.58"),),
    },
    "liu_zhiqiang": {"HS-CRP": (("2026-01-01", "0.3"),)},
    "zhao_tiezhu": {
        "WBC": (("2025-12-01", "6.80"), ("2026-01-14", "11.80"), ("2026-01-20", "8.60")),
        "NEUT%": (("2025-12-01", "62.0"), ("2026-01-14", "80.0"), ("2026-01-20", "71.0")),
        "HS-CRP": (("2025-12-01", "1.6"), ("2026-01-14", "24.6")),
        "SYS": (("2025-01-01", "148"), ("2026-01-14", "144")),
        "DIA": (("2025-01-01", "88"),),
    },
    "li_chunhua": {
        "TC": (("2025-11-01", "6.40"), ("2026-06-01", "5.08")),
        "TG": (("2025-11-01", "2.90"), ("2026-06-01", "1.86")),
    },
}


def course_number(resident_key: str, code: str, day: date, rng: Random) -> Decimal | None:
    """Return the resident's own number for this item on that day, scattered, or None where no course is set."""
    course = COURSES.get(resident_key, {}).get(code)
    if course is None:
        return None
    return _on_the_line(course, day) * Decimal(str(round(1 + rng.uniform(-_SCATTER, _SCATTER), 4)))


def course_word(resident_key: str, code: str, day: date) -> str | None:
    """Return the word that holds for this item on that day, or None where no course is set or begun."""
    course = COURSES.get(resident_key, {}).get(code, ())
    words = [word for start, word in course if date.fromisoformat(start) <= day]
    return words[-1] if words else None


def _on_the_line(course: Course, day: date) -> Decimal:
    points = [(date.fromisoformat(when).toordinal(), Decimal(value)) for when, value in course]
    today = min(max(day.toordinal(), points[0][0]), points[-1][0])
    for (start, low), (stop, high) in zip(points, points[1:], strict=False):
        if start <= today <= stop:
            return low + (high - low) * (today - start) / (stop - start)
    return points[0][1]
