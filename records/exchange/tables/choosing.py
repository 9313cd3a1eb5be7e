"""The words of the mapping's page: which fields stand together, and what can be chosen for each setting."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from records.exchange.tables.fields import LONG, WIDE

Choices = list[tuple[str, str | Promise]]

CHARSETS: Choices = [
    ("", _("自动识别")),
    ("UTF-8", "UTF-8"),
    ("GB18030", "GB18030（GBK、GB2312）"),
    ("UTF-16", "UTF-16"),
]
SEPARATORS: Choices = [
    ("", _("自动识别")),
    (",", _("逗号")),
    ("\t", _("制表符")),
    (";", _("分号")),
    ("|", _("竖线 |")),
]
LAYOUTS: Choices = [
    (LONG, _("竖表：一行一个检验项目")),
    (WIDE, _("横表：一行一份报告，每个项目一列")),
]
GROUPS: list[tuple[Promise, tuple[str, ...]]] = [
    (
        _("是谁的结果"),
        ("patient_number", "patient_authority", "document_number", "name", "sex", "birth_date"),
    ),
    (
        _("哪一份报告"),
        (
            *("report_number", "report_title", "report_category", "report_status"),
            *("sampled_at", "reported_at", "updated_at"),
        ),
    ),
    (
        _("检验项目和结果"),
        (
            *("item_name", "item_code", "result", "unit", "range", "range_low", "range_high", "flag"),
            *("item_order", "item_loinc", "specimen", "method"),
        ),
    ),
    (_("检查所见和诊断意见"), ("findings", "impression")),
    (
        _("机构和医生"),
        (
            *("performing_facility", "performing_facility_code", "reporting_facility", "reporting_facility_code"),
            "reporting_doctor",
        ),
    ),
]
LABELS: dict[str, Promise] = {
    "patient_number": _("患者编号"),
    "patient_authority": _("患者编号属于哪家机构"),
    "document_number": _("身份证号"),
    "name": _("姓名"),
    "sex": _("性别"),
    "birth_date": _("出生日期"),
    "report_number": _("报告编号"),
    "report_title": _("报告名称"),
    "report_category": _("报告类别"),
    "report_status": _("报告状态"),
    "sampled_at": _("采样或检查时间"),
    "reported_at": _("报告时间"),
    "updated_at": _("修改时间"),
    "item_name": _("项目名称"),
    "item_code": _("项目编码"),
    "result": _("结果"),
    "unit": _("单位"),
    "range": _("参考区间"),
    "range_low": _("参考下限"),
    "range_high": _("参考上限"),
    "flag": _("高低提示"),
    "item_order": _("打印次序"),
    "item_loinc": _("LOINC 编码"),
    "specimen": _("标本"),
    "method": _("方法"),
    "findings": _("检查所见"),
    "impression": _("诊断意见"),
    "performing_facility": _("检查机构"),
    "performing_facility_code": _("检查机构的编码"),
    "reporting_facility": _("诊断机构"),
    "reporting_facility_code": _("诊断机构的编码"),
    "reporting_doctor": _("报告医生"),
}
# Made of two columns often enough to offer it: a sample number with its day, a date with its time.
IN_TWO = {"patient_number", "report_number", "sampled_at", "reported_at", "updated_at"}
MEANINGS: dict[str, Choices] = {
    "sex": [("male", _("男")), ("female", _("女")), ("unknown", _("未知"))],
    "report_status": [
        ("preliminary", _("初步报告")),
        ("final", _("正式报告")),
        ("corrected", _("已更正")),
        ("cancelled", _("已取消")),
        ("entered-in-error", _("撤回（发错了）")),
    ],
    "flag": [
        ("H", _("偏高")),
        ("L", _("偏低")),
        ("HH", _("危急高值")),
        ("LL", _("危急低值")),
        ("N", _("正常")),
        ("A", _("异常")),
        ("AA", pgettext_lazy("flag of a result", "危急")),
    ],
}
SETTINGS: dict[str, Promise] = {
    "layout": _("横表或竖表"),
    "sheet": _("工作表"),
    "header_row": _("表头行"),
    "separator": _("分隔符"),
    "values": _("本机构的写法"),
    "date_formats": _("日期格式"),
    "decimal_comma": _("小数点写成逗号"),
    "items": _("项目列"),
    "birth_date_from_document": _("从身份证号取出生日期"),
    "blanks": _("表示没有的写法"),
    "charset": _("字符集"),
}
