"""The health record as the interface says it: one class a thing, each field explained where programs look."""

from rest_framework import serializers

from foundation.api.paging import PageQuery, page_of
from records.lists.narrowing import LATELY
from records.models import Report

TIME = rf"^({'|'.join(LATELY)}|(19|20)\d\d)$"


def text(help_text: str) -> serializers.CharField:
    """A text that may be empty."""
    return serializers.CharField(allow_blank=True, help_text=help_text)


def moment(help_text: str) -> serializers.DateTimeField:
    """A time that may be unknown."""
    return serializers.DateTimeField(allow_null=True, help_text=help_text)


class FactSerializer(serializers.Serializer):
    """One line of the record, in words."""

    title = text("是什么")
    state = text("状态，如“在用”“目前有”")
    notes = serializers.ListField(child=serializers.CharField(), help_text="用法、批号、医生等补充")
    value = text("测量值，按机构写的样子")
    unit = text("单位")
    flag_words = text("提示，如“偏高”；正常为空")
    facility = text("来源机构")
    at = moment("什么时候")


class EntrySerializer(FactSerializer):
    """One entry as a facility sent it."""

    id = serializers.UUIDField(help_text="这一条的编号")
    code_system = text("编码体系；机构没有给编码时为空")
    code = text("编码")


class LineSerializer(EntrySerializer):
    """One thing (a medicine, a diagnosis) with its newest entry."""

    times = serializers.IntegerField(help_text="一共记录过几次")
    first_at = moment("最早一次")
    last_at = moment("最近一次")
    facilities = serializers.ListField(child=serializers.CharField(), help_text="哪些机构记录过")


class ItemLineSerializer(LineSerializer):
    """One test with its newest result."""

    flag = text("提示的代码：low high critical_low critical_high abnormal；正常为空")
    range = text("参考区间，按检验单印的样子")


class LabelSerializer(serializers.Serializer):
    """A health label."""

    title = text("标识的名称，如“年龄段”")
    value = text("内容；没有时为空")
    note = text("依据")
    facility = text("来源机构")
    when = moment("什么时候")
    empty = text("没有内容时，为什么没有")


class SectionSerializer(serializers.Serializer):
    """A part of the basic information."""

    slug = text("代号，如 allergy")
    title = text("名称")
    facts = FactSerializer(many=True, help_text="内容")
    empty = text("没有内容时，为什么没有")


class DiseaseSerializer(serializers.Serializer):
    """A chronic disease that was written down."""

    title = text("病名")
    facility = text("最近由哪家机构记录")
    when = moment("最近一次记录的时间")


class KindSerializer(serializers.Serializer):
    """How much there is of one kind."""

    title = text("这一类的名称")
    count = serializers.IntegerField(help_text="有多少条")


class SummarySerializer(serializers.Serializer):
    """The three blocks of the national rule."""

    news = text("上次看过以后新来了什么，一句话")
    since = moment("上次看的时间")
    labels = LabelSerializer(many=True, help_text="个人健康标识")
    diseases = DiseaseSerializer(many=True, help_text="慢性病")
    sections = SectionSerializer(many=True, help_text="个人基本健康信息")
    services = FactSerializer(many=True, help_text="最近的卫生健康服务活动")
    kinds = KindSerializer(many=True, help_text="各类内容有多少条")


class TimeQuery(PageQuery):
    """Narrow a list by facility and time."""

    facility = serializers.UUIDField(required=False, help_text="只要这家机构的")
    time = serializers.RegexField(TIME, required=False, help_text="3m 最近三个月、1y 最近一年，或年份如 2025")


class ItemsQuery(TimeQuery):
    """Narrow the list of tests."""

    abnormal = serializers.BooleanField(required=False, help_text="只要偏离参考区间的")


class ReportsQuery(ItemsQuery):
    """Narrow the list of reports."""

    kind = serializers.ChoiceField(choices=Report.Category.values, required=False, help_text="报告的类别")
    cancelled = serializers.BooleanField(required=False, help_text="只要已经取消的检查")


class ReportLineSerializer(serializers.Serializer):
    """One report in a list."""

    id = serializers.UUIDField(help_text="报告的编号")
    state = text("open 可以看、kept 请到机构领取、withdrawn 机构已撤回、cancelled 已取消")
    title = text("报告名称；不能看时是去哪里领取")
    category = text("类别：laboratory imaging ecg pathology other")
    category_words = text("类别的名称")
    status_words = text("正式报告为空，其他如“已更正”")
    facility = text("检查机构")
    reporting_facility = text("诊断机构，与检查机构不同时才有")
    issued_at = moment("报告时间")
    is_new = serializers.BooleanField(help_text="还没有打开过的新报告")
    abnormal = serializers.IntegerField(help_text="有几项偏离参考区间")


class WaitingSerializer(serializers.Serializer):
    """A report that waits for a doctor, or for its time."""

    id = serializers.UUIDField(help_text="报告的编号")
    facility = text("检查机构")
    facility_phone = text("机构电话")
    issued_at = moment("报告时间")
    opens_at = moment("最晚什么时候可以看；没有定时为空")
    by_doctor = serializers.BooleanField(help_text="医生会先打电话说明")


class ExplanationSerializer(serializers.Serializer):
    """What a test measures."""

    article = text("说明文章的网址名，可用 /api/articles/ 取全文")
    title = text("说明文章的标题")
    text = serializers.CharField(help_text="这项查的是什么")


class MeasuredSerializer(serializers.Serializer):
    """One result as it was printed."""

    id = serializers.UUIDField(help_text="结果的编号，可用来取走势")
    name = text("项目名称")
    code_system = text("编码体系")
    code = text("编码，如 LOINC")
    value = text("结果，按检验单印的样子")
    unit = text("单位")
    range = text("参考区间")
    flag = text("提示的代码；正常为空")
    flag_words = text("提示，如“偏高”")
    specimen = text("标本")
    method = text("方法")
    facility = text("检查机构")
    at = moment("采样或检查的时间")


class ItemSerializer(MeasuredSerializer):
    """One item of a report, explained."""

    note = text("备注")
    is_critical = serializers.BooleanField(help_text="危急值：请马上联系医生")
    previous_value = text("上一次可以比较的结果")
    previous_at = moment("上一次的时间")
    explanation = ExplanationSerializer(allow_null=True, help_text="这项查的是什么；没有说明卡时为空")
    next_step = text("机构建议下一步做什么")


class ReportSerializer(WaitingSerializer):
    """One report; of one that is not open only that it exists, where and when."""

    state = text("open 可以看、waiting 暂时不能看、kept 请到机构领取、withdrawn 已撤回、cancelled 已取消")
    title = text("报告名称")
    category = text("类别")
    category_words = text("类别的名称")
    status = text("preliminary final corrected cancelled withdrawn")
    status_words = text("状态的名称")
    reporting_facility = text("诊断机构，与检查机构不同时才有")
    report_number = text("报告编号")
    specimen = text("标本")
    practitioner = text("报告医生")
    performed_at = moment("检查时间")
    findings = text("检查所见")
    impression = text("诊断意见")
    note = text("备注")
    is_corrected = serializers.BooleanField(help_text="这份报告更正过，以前的版本不再有效")
    kept_back = serializers.IntegerField(help_text="还有几项请到机构领取")
    withdrawn = serializers.IntegerField(help_text="有几项已由机构撤回")
    awaited = serializers.IntegerField(help_text="还有几项没有传来")
    items = ItemSerializer(many=True, help_text="各项结果")


class PointSerializer(serializers.Serializer):
    """One result in a line."""

    id = serializers.UUIDField(help_text="结果的编号")
    at = serializers.DateTimeField(help_text="时间")
    value = serializers.CharField(help_text="按这条线的单位的数值；写成文字，免得丢失精度")
    is_converted = serializers.BooleanField(help_text="由别的单位换算来的")
    printed = text("检验单上的结果和单位")
    range = text("检验单上的参考区间")
    facility = text("检查机构")
    flag = text("提示的代码；正常为空")
    flag_words = text("提示")


class ApartSerializer(serializers.Serializer):
    """Results that are not comparable."""

    reason = text("代号：code number time specimen unit method")
    reason_words = text("为什么不能比")
    count = serializers.IntegerField(help_text="几个结果")


class TrendSerializer(serializers.Serializer):
    """One result with the line it is part of."""

    item = MeasuredSerializer(help_text="这一项结果")
    report = serializers.UUIDField(allow_null=True, help_text="它在哪份报告里")
    explanation = ExplanationSerializer(allow_null=True, help_text="这项查的是什么")
    next_step = text("机构建议下一步做什么")
    unit = text("这条线的单位")
    points = PointSerializer(many=True, help_text="可以比较的结果，从早到晚；只有能可靠换算的才放在一条线上")
    apart = ApartSerializer(many=True, help_text="不能放在一起比的结果")
    is_cut = serializers.BooleanField(help_text="结果太多，只取了最近的")
    is_thinned = serializers.BooleanField(help_text="点太多，每一段时间只留最高和最低的")


ReportsSerializer = page_of(
    ReportLineSerializer, "Reports", waiting=WaitingSerializer(many=True, help_text="暂时不能看的报告")
)
ItemsSerializer = page_of(ItemLineSerializer, "Items")
LinesSerializer = page_of(LineSerializer, "Lines")
EntriesSerializer = page_of(EntrySerializer, "Entries")
