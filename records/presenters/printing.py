"""A report as the printer wants it: plain strings, times in the county's clock."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from records import codes
from records.access import Holder
from records.disputes.asking import about
from records.models import Observation, Report
from records.opened import OpenedReport
from records.pdf import Line, ReportDocument
from records.presenters import reports, words
from records.signing import is_self_signed


def document_of(opened: OpenedReport, holder: Holder, *, code: str, address: str, taken_by: str = "") -> ReportDocument:
    """The printed page of an opened report, with the code and the address by which the copy is checked.

    `taken_by` is the name of whoever took it for the person.
    """
    report, person = opened.report, holder.person
    issued = timezone.localtime(report.issued_at or report.occurred_at or report.received_at)
    on = timezone.localdate(report.occurred_at or issued)
    return ReportDocument(
        title=report.title,
        report_number=report.report_number,
        resident_name=person.name,
        sex=person.get_sex_display(),
        age=f"{words.age_in_words(person.birth_date, on)}（{person.birth_date:%Y-%m-%d}）",
        masked_id=masked(holder.document.value) if holder.document else "",
        performing_facility=report.facility_name,
        reporting_facility=reports.reporting(report),
        clinician=report.practitioner_name,
        specimen=report.specimen,
        sampled_at=_time(report.occurred_at),
        issued_at=_time(report.issued_at),
        issued=issued,
        status=str(reports.status_of(report)[0]),
        status_stands_out=report.status != Report.Status.FINAL,
        items=tuple(_line(row) for row in opened.items if not row.is_findings),
        findings=reports.findings(opened),
        impression=report.impression,
        note=_note(opened),
        verify_url=address,
        verify_code=codes.grouped(code),
        taken_by=_("由代办人%(name)s下载") % {"name": taken_by} if taken_by else "",
        signature_note=_("电子签名为本机自签，不具法律效力") if is_self_signed() else "",
    )


def masked(number: str) -> str:
    """A document number as its owner may print it: first three and last four characters (field facts, B5)."""
    return number[:3] + "*" * max(len(number) - 7, 4) + number[-4:]


def _line(row: Observation) -> Line:
    flag = words.FLAGS.get(row.flag)
    return Line(
        name=row.name,
        value=row.value_text,
        unit=row.unit,
        reference_range=row.range_text,
        flag_word=str(flag.printed or flag.word) if flag else "",
        flag_arrow=flag.arrow if flag else "",
        note=row.note,
    )


def _note(opened: OpenedReport) -> str:
    kept, awaited = opened.kept_back, opened.awaited
    files = opened.report.unshown_files
    elsewhere = ngettext("机构还传来%(count)d个附件，不在本页。", "机构还传来%(count)d个附件，不在本页。", files)
    lines = [
        opened.report.note,
        elsewhere % {"count": files} if files else "",
        ngettext("另有%(count)d项请到检查机构领取。", "另有%(count)d项请到检查机构领取。", kept) % {"count": kept}
        if kept
        else "",
        ngettext("另有%(count)d项结果尚未收到。", "另有%(count)d项结果尚未收到。", awaited) % {"count": awaited}
        if awaited
        else "",
        _("机构没有注明时区，时间按北京时间理解。") if opened.report.zone_assumed else "",
        _contested(opened.report),
    ]
    return "\n".join(line for line in lines if line)


def _contested(report: Report) -> str:
    """That the person says it is wrong, and what came of it so far; the texts themselves stay in the portal."""
    dispute = about(report)
    if dispute is None:
        return ""
    day = timezone.localtime(dispute.asked_at).strftime("%Y-%m-%d")
    said = {"day": day, "reason": dispute.get_reason_display(), "state": dispute.state}
    return _("本人于%(day)s对此报告提出异议（%(reason)s），%(state)s。") % said


def _time(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
