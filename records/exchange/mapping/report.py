"""DiagnosticReport: laboratory, imaging, ECG, pathology; performed at one facility, perhaps reported by another."""

from typing import Any

from records.exchange import originals, reading, references, sensitivity
from records.exchange.mapping import elements
from records.exchange.mapping.elements import ENTERED_IN_ERROR
from records.exchange.reading import Resource
from records.exchange.values import Frame, Mapped, ReportFacts
from records.models import Report

Category = Report.Category
Status = Report.Status
STATUSES = {
    "partial": Status.PRELIMINARY,
    "preliminary": Status.PRELIMINARY,
    "unknown": Status.PRELIMINARY,
    "final": Status.FINAL,
    "amended": Status.CORRECTED,
    "corrected": Status.CORRECTED,
    "appended": Status.CORRECTED,
    "cancelled": Status.CANCELLED,
    ENTERED_IN_ERROR: Status.WITHDRAWN,
}
REGISTERED = "registered"
# HL7 table 0074, diagnostic service sections.
SECTIONS: dict[str, Category] = {
    **dict.fromkeys(
        ["LAB", "BG", "BLB", "CG", "CH", "GE", "HM", "IMM", "MB", "MCB", "MYC", "SR", "TX", "URN", "VR", "OSL"],
        Category.LABORATORY,
    ),
    **dict.fromkeys(["RAD", "RX", "CT", "CUS", "NMR", "NMS", "OUS", "RUS", "VUS", "XRC", "PF"], Category.IMAGING),
    **dict.fromkeys(["EC", "EN"], Category.ECG),
    **dict.fromkeys(["PAT", "SP", "CP"], Category.PATHOLOGY),
}
WORDS = {
    "病理": Category.PATHOLOGY,
    "心电": Category.ECG,
    "检验": Category.LABORATORY,
    "化验": Category.LABORATORY,
    "影像": Category.IMAGING,
    "放射": Category.IMAGING,
    "超声": Category.IMAGING,
    "彩超": Category.IMAGING,
    "CT": Category.IMAGING,
    "MR": Category.IMAGING,
    "X线": Category.IMAGING,
    "内镜": Category.IMAGING,
    "胃镜": Category.IMAGING,
}


def report(resource: Resource, frame: Frame) -> Mapped:
    """The row of a report; its observations are rows of their own, named here by the source's identifiers.

    A report that is only registered has nothing in it yet, and no row.
    """
    said = reading.status(resource, frozenset({REGISTERED, *STATUSES}))
    subject = references.subject(resource, "subject", frame)
    if said == REGISTERED:
        return Mapped(subject, ())
    return Mapped(subject, (_row(resource, STATUSES[said], frame),))


def _row(resource: Resource, status: Report.Status, frame: Frame) -> ReportFacts:
    withdrawn = status == Status.WITHDRAWN
    code = elements.concept(reading.node(resource, "code"))
    title = elements.named(code.name, "code（报告名称）", withdrawn=withdrawn)
    category = _category(resource, title)
    special = _sensitivity(resource, title, category)
    return ReportFacts(
        **_times(resource, frame),
        **_who(resource, frame),
        withdrawn=withdrawn,
        sensitivity=special,
        release=sensitivity.release(special, pathology=category == Category.PATHOLOGY),
        category=category.value,
        status=status.value,
        title=title,
        report_number=_number(resource),
        specimen=_specimen(resource, frame),
        impression=_impression(resource),
        note=elements.remarks(resource),
        **_files(resource, frame),
        item_identifiers=_items(resource, frame),
        encounter_identifier=references.target_id(reading.node(resource, "encounter"), frame),
    )


def _sensitivity(resource: Resource, title: str, category: Category) -> int:
    """By its name and by what it concludes; an image's words name diseases only to rule them out, its codes do not."""
    concepts = [reading.node(resource, "code"), *reading.nodes(resource, "conclusionCode")]
    said = [reading.text(resource, "conclusion"), elements.remarks(resource)]
    concluded = said if category == Category.LABORATORY else []
    return sensitivity.level(
        codings=elements.codings(concepts),
        words=[title, *elements.all_words(concepts), *concluded],
        labels=elements.labels(resource),
    )


def _times(resource: Resource, frame: Frame) -> dict[str, Any]:
    issued = elements.moment(resource, "issued", frame)
    happened = elements.happened(resource, frame, "effectiveDateTime", "effectivePeriod") or issued
    return {**elements.occurred(happened), "issued_at": issued.at if issued else None}


def _who(resource: Resource, frame: Frame) -> dict[str, Any]:
    """Who performed it, who reported it, and the doctor who signs."""
    performers, interpreters = reading.nodes(resource, "performer"), reading.nodes(resource, "resultsInterpreter")
    return {
        "place": references.place(performers, frame, resource),
        "reporter": references.place(interpreters, frame, resource),
        "practitioner_name": references.practitioner([*interpreters, *performers], frame, resource),
    }


def _category(resource: Resource, title: str) -> Category:
    categories = reading.nodes(resource, "category")
    for code in elements.codes(categories):
        if code in SECTIONS:
            return SECTIONS[code]
    for words in [*(elements.words(item) for item in categories), title]:
        for word, category in WORDS.items():
            if word in words:
                return category
    return Category.OTHER


def _number(resource: Resource) -> str:
    """The report's printed number: the official identifier, else the first."""
    found = reading.nodes(resource, "identifier")
    found.sort(key=lambda item: item.get("use") != "official")
    return reading.text(found[0], "value", 80) if found else ""


def _specimen(resource: Resource, frame: Frame) -> str:
    names = [references.display(item, frame, resource) for item in reading.nodes(resource, "specimen")]
    return reading.fitting("、".join(dict.fromkeys(filter(None, names))), "specimen", 100)


def _impression(resource: Resource) -> str:
    said = reading.text(resource, "conclusion", elements.LONGEST_TEXT)
    return said or "；".join(filter(None, map(elements.words, reading.nodes(resource, "conclusionCode"))))


def _files(resource: Resource, frame: Frame) -> dict[str, Any]:
    """The facility's own PDFs, what each is known by, and how many files are none."""
    found = originals.sorted_out(resource, frame)
    return {
        "originals": tuple(found.kept),
        "original_hashes": [one.sha256 for one in found.kept],
        "unshown_files": found.unshown,
    }


def _items(resource: Resource, frame: Frame) -> list[str]:
    found = (references.target_id(item, frame) for item in reading.nodes(resource, "result"))
    return [item for item in dict.fromkeys(found) if item]
