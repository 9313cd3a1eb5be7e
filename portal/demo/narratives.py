"""Imaging and ECG reports in words: what was seen (检查所见) kept apart from the diagnosis (诊断意见)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Examination:
    """One kind of examination: codes, category in v2-0074 and the department that performs it."""

    code: str
    loinc: str
    name: str
    category: str
    department_code: str
    number_prefix: str


@dataclass(frozen=True, slots=True)
class Narrative:
    """What one report says."""

    findings: str
    impression: str


EXAMINATIONS: dict[str, Examination] = {
    "XR": Examination("XR-CHEST", "36554-4", "胸部X线正位", "RAD", "radiology", "YX"),
    "US": Examination("US-ABD", "24558-9", "腹部彩超", "RAD", "radiology", "CS"),
    "ECG": Examination("ECG-12", "11524-6", "十二导联心电图", "EC", "ecg", "XD"),
}

NARRATIVES: dict[str, Narrative] = {
    "XR:normal": Narrative(
        "胸廓对称,气管居中。双肺野清晰,肺纹理走行自然,未见明显实质性病变。双肺门影不大。心影大小、形态正常。"
        "双膈面光整,双侧肋膈角锐利。",
        "心、肺、膈未见明显异常。",
    ),
    "XR:aorta": Narrative(
        "胸廓对称,气管居中。双肺纹理增多,未见明显实质性病变。双肺门影不大。主动脉结突出,可见弧形钙化影,"
        "心影略呈主动脉型。双膈面光整,双侧肋膈角锐利。",
        "1.双肺纹理增多。2.主动脉硬化。请结合临床。",
    ),
    "XR:copd": Narrative(
        "胸廓呈桶状,肋间隙增宽。双肺透亮度增高,双肺纹理增多、紊乱,右下肺可见少许斑片状模糊影。双膈低平,"
        "双侧肋膈角锐利。心影狭长。",
        "1.慢性支气管炎、肺气肿表现。2.右下肺少许炎症,建议治疗后复查。",
    ),
    "US:normal": Narrative(
        "肝脏大小、形态正常,包膜光整,实质回声均匀,肝内管道结构清晰。胆囊大小正常,壁光滑,腔内未见异常回声。"
        "胰腺显示部分未见异常。脾脏不大。双肾大小、形态正常,集合系统未见分离。",
        "肝、胆、胰、脾、双肾未见明显异常。",
    ),
    "US:fatty_liver": Narrative(
        "肝脏体积略增大,实质前场回声细密增强,后场回声衰减,肝内管道结构显示欠清晰。胆囊大小正常,壁光滑。"
        "胰腺显示部分未见异常。脾脏不大。双肾未见异常。",
        "脂肪肝(中度)。",
    ),
    "US:mild_fatty_liver": Narrative(
        "肝脏大小正常,实质回声稍细密增强,后场轻度衰减,肝内管道结构尚清晰。胆囊壁稍毛糙,腔内未见结石。"
        "胰腺显示部分未见异常。脾脏不大。双肾大小正常,右肾可见大小约1.2cm×1.1cm无回声区,边界清。",
        "1.脂肪肝(轻度)。2.右肾囊肿。",
    ),
    "US:gallstone": Narrative(
        "肝脏大小、形态正常,实质回声均匀。胆囊大小约6.4cm×2.6cm,壁毛糙,腔内可见数枚强回声团,较大者约0.8cm,"
        "后伴声影,随体位移动。肝内外胆管未见扩张。胰、脾、双肾未见异常。",
        "胆囊多发结石,慢性胆囊炎。",
    ),
    "US:kidney": Narrative(
        "双肾体积缩小,左肾约8.6cm×3.9cm,右肾约8.4cm×3.8cm,皮质变薄,实质回声增强,皮髓质分界欠清。"
        "集合系统未见分离。肝、胆、胰、脾未见明显异常。",
        "双肾缩小伴实质回声增强,符合慢性肾脏病改变。",
    ),
    "ECG:normal": Narrative(
        "窦性心律,心率72次/分,PR间期156ms,QRS时限88ms,QT/QTc间期384/420ms,电轴+48°。各导联P-QRS-T波形态正常。",
        "窦性心律,正常心电图。",
    ),
    "ECG:st": Narrative(
        "窦性心律,心率76次/分,PR间期162ms,QRS时限92ms,QT/QTc间期380/428ms,电轴-8°。RV5+SV1=3.4mV。"
        "I、aVL、V5、V6导联ST段水平压低约0.05mV,T波低平。",
        "1.窦性心律。2.ST-T改变,请结合临床。",
    ),
    "ECG:af": Narrative(
        "P波消失,代之以大小不等的f波,心室率平均84次/分,RR间期绝对不等,QRS时限90ms。V4—V6导联T波低平。",
        "1.心房颤动。2.T波改变。",
    ),
}
