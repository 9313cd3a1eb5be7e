"""The fields a column can be mapped to: what each is called, and what Chinese systems call such a column."""

from dataclasses import dataclass

LONG, WIDE = "long", "wide"


@dataclass(frozen=True)
class Field:
    """One field: its Chinese name, and the headers it is known by (first the most usual one)."""

    label: str
    headers: tuple[str, ...]
    is_time: bool = False


FIELDS: dict[str, Field] = {
    "document_number": Field("身份证号", ("身份证号", "身份证号码", "公民身份号码", "证件号码", "证件号", "身份证")),
    "patient_number": Field(
        "患者编号",
        ("患者编号", "病人编号", "患者ID", "病人ID", "PATIENTID", "病历号", "门诊号", "住院号", "门诊住院号", "登记号")
        + ("就诊卡号", "档案号", "病案号", "体检编号", "健康档案编号"),
    ),
    "patient_authority": Field("患者编号所属机构", ("患者编号所属机构", "建档机构代码", "档案机构代码")),
    "name": Field("姓名", ("姓名", "患者姓名", "病人姓名", "受检者", "受检人", "PATNAME", "NAME")),
    "sex": Field("性别", ("性别", "患者性别", "病人性别", "性别代码", "SEX", "GENDER")),
    "birth_date": Field("出生日期", ("出生日期", "出生年月日", "生日", "BIRTHDAY", "BIRTHDATE", "DOB"), True),
    "report_number": Field(
        "报告编号",
        ("报告编号", "报告号", "报告单号", "检验单号", "检查单号", "检查号", "申请单号", "条码号", "条码", "样本号")
        + ("标本号", "样本编号", "标本编号", "BARCODE", "REPORTNO", "影像号", "体检流水号"),
    ),
    "report_title": Field(
        "报告名称", ("报告名称", "检验单名称", "检查名称", "项目组合", "组合名称", "检验目的", "检查部位", "申请项目")
    ),
    "report_category": Field("报告类别", ("报告类别", "报告类型", "检查类型", "检查类别", "检验类别", "设备类型")),
    "report_status": Field("报告状态", ("报告状态", "状态", "审核状态", "审核标志", "结果状态", "STATUS")),
    "item_code": Field(
        "项目编码", ("项目编码", "项目代码", "检验项目代码", "细项代码", "ITEMCODE", "ITEMNO", "通道号")
    ),
    "item_name": Field(
        "项目名称", ("项目名称", "检验项目", "检验项目名称", "细项名称", "项目", "中文名称", "ITEMNAME", "指标名称")
    ),
    "item_loinc": Field("LOINC 编码", ("LOINC", "LOINC编码", "LOINC代码", "LOINC码")),
    "item_order": Field("项目序号", ("项目序号", "打印序号", "打印顺序", "显示序号", "序号")),
    "result": Field("结果", ("结果", "检验结果", "测定结果", "结果值", "检测值", "测定值", "RESULT", "VALUE")),
    "unit": Field("单位", ("单位", "结果单位", "计量单位", "UNIT", "UNITS")),
    "range": Field("参考范围", ("参考范围", "参考值", "参考区间", "参考值范围", "正常范围", "正常值", "RANGE")),
    "range_low": Field("参考下限", ("参考下限", "参考值下限", "下限", "参考低值", "低值")),
    "range_high": Field("参考上限", ("参考上限", "参考值上限", "上限", "参考高值", "高值")),
    "flag": Field("提示", ("提示", "异常提示", "结果提示", "高低标志", "异常标志", "标志", "结果标志", "FLAG")),
    "specimen": Field("标本", ("标本", "标本类型", "样本类型", "标本种类", "样本种类", "SPECIMEN", "标本名称")),
    "method": Field("方法", ("方法", "检验方法", "检测方法", "测定方法", "检查方法", "METHOD")),
    "sampled_at": Field(
        "采样时间",
        (
            "采样时间",
            "采集时间",
            "采样日期",
            "标本采集时间",
            "检查时间",
            "检查日期",
            "检验日期",
            "检验时间",
            "体检日期",
        ),
        True,
    ),
    "reported_at": Field(
        "报告时间", ("报告时间", "报告日期", "审核时间", "审核日期", "发布时间", "报告发布时间", "出报告时间"), True
    ),
    "updated_at": Field("修改时间", ("修改时间", "更新时间", "最后修改时间", "LASTUPDATE", "UPDATETIME"), True),
    "performing_facility": Field("检查机构", ("检查机构", "检验机构", "送检机构", "执行机构", "送检单位", "采样机构")),
    "performing_facility_code": Field("检查机构代码", ("检查机构代码", "送检机构代码", "执行机构代码", "机构代码")),
    "reporting_facility": Field("诊断机构", ("诊断机构", "报告机构", "诊断中心", "报告单位", "审核机构")),
    "reporting_facility_code": Field("诊断机构代码", ("诊断机构代码", "报告机构代码", "诊断中心代码")),
    "reporting_doctor": Field(
        "报告医生", ("报告医生", "报告医师", "审核者", "审核人", "审核医生", "审核医师", "报告人", "检验医师")
    ),
    "findings": Field("检查所见", ("检查所见", "影像所见", "所见", "影像表现", "超声所见", "镜下所见", "检查描述")),
    "impression": Field(
        "诊断意见", ("诊断意见", "诊断结论", "结论", "检查结论", "影像诊断", "印象", "诊断提示", "意见")
    ),
}

ITEM_FIELDS = (
    *("item_code", "item_name", "item_loinc", "item_order"),
    *("result", "unit", "range", "range_low", "range_high", "flag"),
)

# What may be the same for a whole table, and then stand in the mapping: nothing that tells people or reports apart.
CONSTANTS = (
    *("patient_authority", "report_title", "report_category", "report_status", "specimen", "method"),
    *("performing_facility", "performing_facility_code", "reporting_facility", "reporting_facility_code"),
    "reporting_doctor",
)

# How senders write what FHIR has words for; a source's own `values` come first.
SEXES = {
    **dict.fromkeys(("男", "男性", "m", "male", "1"), "male"),
    **dict.fromkeys(("女", "女性", "f", "female", "2"), "female"),
    **dict.fromkeys(("未知", "不详", "未说明", "0", "9", "u", "unknown"), "unknown"),
}
STATUSES = {
    **dict.fromkeys(("已审核", "已发布", "已报告", "正式", "正式报告", "审核", "已打印", "f", "final"), "final"),
    **dict.fromkeys(("初步", "初步报告", "未审核", "待审核", "已检验", "p", "preliminary"), "preliminary"),
    **dict.fromkeys(("已更正", "更正", "已修改", "修改", "修正", "c", "corrected"), "corrected"),
    **dict.fromkeys(("取消", "已取消", "作废", "已作废", "x", "cancelled"), "cancelled"),
    **dict.fromkeys(("撤回", "已撤回", "撤销", "w", "entered-in-error"), "entered-in-error"),
}
FLAGS = {
    **dict.fromkeys(("h", "↑", "高", "偏高", "升高"), "H"),
    **dict.fromkeys(("l", "↓", "低", "偏低", "降低"), "L"),
    **dict.fromkeys(("hh", "↑↑", "危急高值"), "HH"),
    **dict.fromkeys(("ll", "↓↓", "危急低值"), "LL"),
    **dict.fromkeys(("n", "正常"), "N"),
    **dict.fromkeys(("a", "异常", "阳性"), "A"),
    **dict.fromkeys(("aa", "危急", "危急值"), "AA"),
}
WORDS_OF = {"sex": SEXES, "report_status": STATUSES, "flag": FLAGS}
