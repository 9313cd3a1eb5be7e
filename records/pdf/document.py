"""What a printed report says: plain, already formatted strings and nothing to look up.

The printer knows no database and no language rules. Whoever fills these in (a presenter) has already
chosen the words, masked the identity number and written the times in the county's own clock.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One measured item as the laboratory printed it.

    `flag_word` (偏高, 偏低, 阳性, 危急值) and `flag_arrow` (↑ or ↓) are empty when the laboratory raised no flag.
    `note` is what the laboratory noted to the item. A line with a value only (no unit, range or flag) may hold a long
    text: it is given the width of the table.
    """

    name: str
    value: str
    unit: str = ""
    reference_range: str = ""
    flag_word: str = ""
    flag_arrow: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A laboratory or imaging report ready to be printed.

    Empty strings mean "not known": their labels are left out, and without `verify_url` there is no QR code.
    `issued` must know its time zone; it dates the file and, with everything else equal, makes the bytes the
    same each time. `status_stands_out` prints the status in reverse, for whatever is not an ordinary final
    report (已更正, 初步报告, 已撤回). `taken_by` names whoever took the copy for the person, in words;
    `signature_note` is what must be said of the signature in the file.
    """

    title: str
    report_number: str
    resident_name: str
    sex: str
    age: str
    masked_id: str
    performing_facility: str
    issued_at: str
    issued: datetime
    status: str
    verify_url: str = ""
    verify_code: str = ""
    status_stands_out: bool = False
    reporting_facility: str = ""
    clinician: str = ""
    department: str = ""
    specimen: str = ""
    sampled_at: str = ""
    received_at: str = ""
    items: tuple[Line, ...] = ()
    findings: str = ""
    impression: str = ""
    note: str = ""
    taken_by: str = ""
    signature_note: str = ""

    def __post_init__(self) -> None:
        if self.issued.tzinfo is None:
            raise ValueError("ReportDocument.issued needs a time zone")

    @property
    def is_laboratory(self) -> bool:
        """Whether something was taken from the body, so that 采样时间 is the right word and not 检查时间."""
        return bool(self.specimen) or (bool(self.items) and not self.findings)
