"""Which records are of special diseases (GB/T 39725, level 5) and are collected at the facility, not read here.

Source: domain facts, section E1, "sensitive-result policy": HIV, syphilis and other venereal diseases, tuberculosis,
psychiatric illness, genetic and drug tests, pregnancy termination; first pathology reports are withheld as well. A new
disease is a new line in one of the tables below.
"""

from collections.abc import Iterable

from records.release import SPECIAL, Release

ORDINARY = 4

_HIV = {
    *("7917-8", "7918-6", "5220-9", "5221-7", "29893-5", "56888-1", "75622-1", "31201-7", "68961-2", "85037-0"),
    *("25835-0", "25836-8", "20447-9", "24467-3"),
}
_VENEREAL = {
    *("20507-0", "20508-8", "5292-8", "5291-0", "22461-8", "24110-9", "24312-1", "22587-0", "22590-4", "47236-5"),
    *("51838-1", "5393-4", "31147-2", "21415-5", "24111-7", "43305-2", "691-6"),
}
_DRUGS = {"3426-4", "8220-6", "19295-5", "19415-9", "3397-7", "19659-2", "14315-6"}
_TUBERCULOSIS = {"38379-4", "13317-3", "71774-4", "45323-3"}
LOINC_CODES = frozenset(_HIV | _VENEREAL | _DRUGS | _TUBERCULOSIS)

# ICD-10 by its FHIR address, by its national one (WS/T 500), or by a local one that names it.
ICD_10_SYSTEMS = ("icd-10", "icd10", "2.16.156.10011.2.3.3.11")
# Tuberculosis; venereal diseases; HIV disease; mental and behavioural disorders; termination of pregnancy; HIV carrier.
ICD_10_PREFIXES = (
    *(f"A{n}" for n in range(15, 20)),
    *(f"A{n}" for n in range(50, 65)),
    *(f"B{n}" for n in range(20, 25)),
    "F",
    "O04",
    "Z21",
)

WORDS = (
    "hiv",
    "艾滋",
    "免疫缺陷病毒",
    "immunodeficiency virus",
    "获得性免疫缺陷",
    "acquired immun",
    "梅毒",
    "syphilis",
    "tppa",
    "淋病",
    "淋球菌",
    "gonorrh",
    "尖锐湿疣",
    "生殖器疱疹",
    "性传播",
    "结核",
    "tubercul",
    "抗酸杆菌",
    "抗酸染色",
    "精神分裂",
    "精神障碍",
    "精神病",
    "精神科",
    "精神卫生",
    "躁狂",
    "双相",
    "抑郁症",
    "抑郁障碍",
    "抑郁发作",
    "major depress",
    "bipolar disorder",
    "psychosis",
    "psychotic",
    "schizophreni",
    "毒品",
    "吗啡",
    "甲基安非他明",
    "人工流产",
    "终止妊娠",
    "基因检测",
)

RESTRICTED = ("R", "V")


def level(*, codings: Iterable[tuple[str, str]], words: Iterable[str], labels: Iterable[str]) -> int:
    """The sensitivity of a row by every code (with its system) and word it carries, and its message's labels."""
    coded = any(code in LOINC_CODES or _is_special_icd(system, code) for system, code in codings)
    lowered = "\n".join(words).lower()
    named = any(word in lowered for word in WORDS)
    labelled = any(label in RESTRICTED for label in labels)
    return SPECIAL if coded or named or labelled else ORDINARY


def is_icd(system: str) -> bool:
    """Whether a code system is ICD-10, by whatever name."""
    return any(name in system.lower() for name in ICD_10_SYSTEMS)


def _is_special_icd(system: str, code: str) -> bool:
    return is_icd(system) and code.upper().startswith(ICD_10_PREFIXES)


def release(sensitivity: int, *, pathology: bool = False) -> str:
    """Special diseases and first pathology reports are handed over by the facility, with somebody to ask."""
    withheld = sensitivity >= SPECIAL or pathology
    return (Release.WITHHELD if withheld else Release.RELEASED).value
