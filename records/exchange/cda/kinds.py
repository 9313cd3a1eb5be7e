"""The document types of WS/T 500 and WS/T 483 that the portal reads, and the names of the others."""

from xml.etree.ElementTree import Element

from records.exchange.cda.xml import attribute
from records.exchange.translating import Untranslatable

EXAMINATION, LABORATORY, WESTERN, CHINESE, DISCHARGE = "C0006", "C0007", "C0004", "C0005", "C0053"
BASICS, HYPERTENSION, DIABETES, CHECK_UP = "HSDA00.01", "HSDB04.01", "HSDB04.02", "HSDC00.01"

TITLES = {
    EXAMINATION: "检查报告",
    LABORATORY: "检验报告",
    WESTERN: "西药处方",
    CHINESE: "中药处方",
    DISCHARGE: "出院小结",
    BASICS: "个人基本健康信息登记",
    HYPERTENSION: "高血压患者随访服务",
    DIABETES: "2型糖尿病患者随访服务",
    CHECK_UP: "成人健康体检",
}
# Some systems number the documents of WS/T 500 like those of WS/T 483, where 04 and 05 are others: for those the
# template decides.
_ALIASES = {"HSDC00.06": EXAMINATION, "HSDC00.07": LABORATORY, "HSDC00.53": DISCHARGE}
_BY_TEMPLATE = {
    "2.16.156.10011.2.1.1.24": WESTERN,
    "2.16.156.10011.2.1.1.25": CHINESE,
    "2.16.156.10011.2.1.1.26": EXAMINATION,
    "2.16.156.10011.2.1.1.27": LABORATORY,
    "2.16.156.10011.2.1.1.73": DISCHARGE,
}


def kind_of(root: Element) -> str:
    """Which of the types above a document is; raises Untranslatable that names the type of any other."""
    if root.tag != "ClinicalDocument":
        raise Untranslatable("这不是 CDA 文档（没有 ClinicalDocument 元素）。")
    code = attribute(root, "code", "code").upper()
    template = attribute(root, "root", "templateId")
    if code in TITLES:
        return code
    if code in _ALIASES:
        return _ALIASES[code]
    if template in _BY_TEMPLATE and (not code or code.startswith("HSDC00.")):
        return _BY_TEMPLATE[template]
    shown = code if len(code) <= 20 and code.replace(".", "").isalnum() and code.isascii() else "未写明"
    raise Untranslatable(
        f"文档类型代码 {shown} 不是门户读取的类型。门户读取 WS/T 500 的 C0004、C0005、C0006、C0007、C0053，"
        "和 WS/T 483 的 HSDA00.01、HSDB04.01、HSDB04.02、HSDC00.01。"
    )
