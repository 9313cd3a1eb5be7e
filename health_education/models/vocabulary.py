"""The words articles are sorted by (field facts, section G)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

LITERACY_ITEMS = 66  # 中国公民健康素养——基本知识与技能（2024年版）


class Audience(models.TextChoices):
    """For whom."""

    EVERYONE = "everyone", _("全人群")
    PARENTS = "parents", _("0-6岁儿童家长")
    TEENAGERS = "teenagers", _("青少年")
    PREGNANT = "pregnant", _("孕产妇")
    ELDERS = "elders", _("65岁及以上")
    HYPERTENSION = "hypertension", _("高血压患者")
    DIABETES = "diabetes", _("糖尿病患者")
    COPD = "copd", _("慢阻肺患者")
    AT_RISK = "at-risk", _("慢性病高危人群")
    DISABLED = "disabled", _("残疾人")
    FARMERS = "farmers", _("农民和务工者")
    STAFF = "staff", _("医务人员")


class Kind(models.TextChoices):
    """What sort of text it is."""

    ARTICLE = "article", _("文章")
    ILLUSTRATED = "illustrated", _("图解")
    VIDEO = "video", _("视频")
    AUDIO = "audio", _("音频")
    PRESCRIPTION = "prescription", _("健康教育处方")
    QA = "qa", _("问答")
    POLICY = "policy", _("政策解读")
    EXPLANATION = "explanation", _("检查说明卡")


class Tag(models.TextChoices):
    """Diseases and conditions a text speaks about; a record hands the same words over for "for you"."""

    HYPERTENSION = "hypertension", _("高血压")
    DIABETES = "diabetes", _("糖尿病")
    COPD = "copd", _("慢阻肺")
    STROKE = "stroke", _("脑卒中")
    CORONARY = "coronary-heart-disease", _("冠心病")
    DYSLIPIDAEMIA = "dyslipidaemia", _("血脂异常")
    GOUT = "gout", _("痛风和高尿酸")
    OBESITY = "obesity", _("超重和肥胖")
    KIDNEY = "kidney-disease", _("慢性肾病")
    TUMOUR = "tumour", _("肿瘤")
    MENTAL = "mental-illness", _("精神心理疾病")
    DEMENTIA = "dementia", _("认知障碍")
    OSTEOPOROSIS = "osteoporosis", _("骨质疏松")
    ANAEMIA = "anaemia", _("贫血")
    THYROID = "thyroid", _("甲状腺疾病")
    LIVER = "liver-disease", _("肝病")
    TUBERCULOSIS = "tuberculosis", _("肺结核")
    HEPATITIS_B = "hepatitis-b", _("乙肝")
    PREGNANCY = "pregnancy", _("怀孕")
    CHILD_GROWTH = "child-growth", _("儿童生长发育")


class Speciality(models.TextChoices):
    """Who must judge a text: a reviewer of this speciality."""

    GENERAL = "general", _("全科")
    CARDIOVASCULAR = "cardiovascular", _("心血管内科")
    ENDOCRINE = "endocrine", _("内分泌科")
    RESPIRATORY = "respiratory", _("呼吸科")
    NEUROLOGY = "neurology", _("神经内科")
    INFECTIOUS = "infectious", _("感染科")
    OBSTETRICS = "obstetrics", _("妇产科")
    PAEDIATRICS = "paediatrics", _("儿科")
    GERIATRICS = "geriatrics", _("老年科")
    PSYCHIATRY = "psychiatry", _("精神心理科")
    SURGERY = "surgery", _("外科")
    EMERGENCY = "emergency", _("急诊科")
    LABORATORY = "laboratory", _("检验科")
    IMAGING = "imaging", _("影像科")
    PHARMACY = "pharmacy", _("药学")
    NUTRITION = "nutrition", _("营养科")
    TCM = "tcm", _("中医科")
    ONCOLOGY = "oncology", _("肿瘤科")
    OPHTHALMOLOGY_DENTAL = "ophthalmology-dental", _("眼科口腔科")
    PUBLIC_HEALTH = "public-health", _("公共卫生")
