"""Which of a report's texts is what was seen (检查所见), so that it stands apart from what it means (诊断意见).

Findings arrive as an Observation of their own: coded so by our translators, by LOINC, or by their name alone.
"""

LOCAL_CODE = "FINDINGS"
# Procedure findings; radiology study observation; gross and microscopic observation; ECG and ultrasound observations.
LOINC_CODES = frozenset({"59776-5", "18782-3", "22634-0", "22635-7", "18748-4"})
NAMES = frozenset(
    {"检查所见", "影像所见", "影像学所见", "超声所见", "镜下所见", "内镜所见", "肉眼所见", "放射所见", "所见"}
    | {"描述", "检查描述", "findings"}
)


def names_findings(code: str, local_code: str, name: str) -> bool:
    """Whether an item of a report is the description of what was seen, by its code or its name."""
    return code in LOINC_CODES or local_code == LOCAL_CODE or name.strip("：: ").casefold() in NAMES
