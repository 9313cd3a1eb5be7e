"""清河口县: the facilities, departments and practitioners of the demonstration county.

Everything here is invented. Plain data without Django, so that seeding, the sandbox facilities and tests share one
source. People (residents and staff accounts) live in ``people.py``.
"""

from dataclasses import dataclass

COUNTY_NAME = "清河口县"


@dataclass(frozen=True, slots=True)
class Facility:
    """One institution; ``level`` is bureau, county, shared_centre, township or village."""

    code: str
    name: str
    level: str
    parent_code: str | None
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Department:
    """One department of a facility; ``takes_bookings`` is false where residents come only by referral or order."""

    facility_code: str
    code: str
    name: str
    introduction: str
    takes_bookings: bool = True


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A doctor residents may meet: on a booking page, on a visit or under a report."""

    code: str
    name: str
    title: str
    facility_code: str
    department_code: str
    speciality: str


FACILITIES: tuple[Facility, ...] = (
    Facility("BUREAU", "清河口县卫生健康局", "bureau", None, "清河口县文昌路1号", "0955-5550001"),
    Facility("COUNTY", "清河口县人民医院", "county", "BUREAU", "清河口县健康大街66号", "0955-5550120"),
    Facility(
        "IMAGING",
        "清河口县医学影像诊断中心/县心电诊断中心",
        "shared_centre",
        "COUNTY",
        "清河口县健康大街66号医技楼三层",
        "0955-5550133",
    ),
    Facility("TOWN1", "青石镇中心卫生院", "township", "BUREAU", "清河口县青石镇迎宾街12号", "0955-5550201"),
    Facility("TOWN2", "柳湾镇卫生院", "township", "BUREAU", "清河口县柳湾镇柳湾街35号", "0955-5550202"),
    Facility("TOWN3", "长滩乡卫生院", "township", "BUREAU", "清河口县长滩乡长滩村东侧", "0955-5550203"),
    Facility("VILLAGE1", "青石镇清水村卫生室", "village", "TOWN1", "清河口县青石镇清水村二组", "0955-5550301"),
    Facility("VILLAGE2", "青石镇石门村卫生室", "village", "TOWN1", "清河口县青石镇石门村村委会旁", "0955-5550302"),
    Facility("VILLAGE3", "柳湾镇柳沟村卫生室", "village", "TOWN2", "清河口县柳湾镇柳沟村一组", "0955-5550303"),
    Facility("VILLAGE4", "长滩乡沙坪村卫生室", "village", "TOWN3", "清河口县长滩乡沙坪村三组", "0955-5550304"),
)

DEPARTMENTS: tuple[Department, ...] = (
    Department("COUNTY", "internal", "内科", "诊治高血压、糖尿病、冠心病等常见内科疾病,并为慢性病患者调整用药。"),
    Department("COUNTY", "surgery", "外科", "开展普外科、骨科常见病诊治和门诊小手术。"),
    Department("COUNTY", "obstetrics", "妇产科", "提供孕期检查、住院分娩和妇科常见病诊治。"),
    Department("COUNTY", "paediatrics", "儿科", "诊治儿童发热、咳嗽、腹泻等常见病,提供生长发育咨询。"),
    Department("COUNTY", "tcm", "中医科", "运用中药、针灸、推拿调治慢性病和颈肩腰腿痛。"),
    Department("COUNTY", "eye", "眼科", "开展白内障手术、糖尿病眼底检查和青少年视力检查。"),
    Department(
        "COUNTY", "laboratory", "检验科", "承担血液、尿液、生化和免疫检验,凭医生申请单检查。", takes_bookings=False
    ),
    Department("COUNTY", "radiology", "影像科", "承担X线、CT和超声检查,凭医生申请单检查。", takes_bookings=False),
    Department("COUNTY", "ecg", "心电图室", "承担常规心电图和24小时动态心电图检查。", takes_bookings=False),
    Department("IMAGING", "radiology", "影像诊断组", "为全县乡镇卫生院拍摄的影像出具诊断报告。", takes_bookings=False),
    Department("IMAGING", "ecg", "心电诊断组", "为全县乡镇卫生院采集的心电图出具诊断报告。", takes_bookings=False),
    Department("TOWN1", "general", "全科", "诊治常见病、多发病,负责高血压、糖尿病患者的随访和签约服务。"),
    Department("TOWN1", "tcm", "中医科", "提供针灸、拔罐、推拿和中药调理。"),
    Department("TOWN1", "obstetrics", "妇产科", "提供孕期建册、产前检查和妇科常见病诊治。"),
    Department("TOWN1", "vaccination", "预防接种门诊", "为儿童和成人接种疫苗,每周一、三、五全天开放。"),
    Department("TOWN1", "laboratory", "检验科", "开展血常规、尿常规和常用生化检验。", takes_bookings=False),
    Department("TOWN1", "radiology", "影像科", "拍摄X线片和做腹部彩超,由县影像诊断中心出报告。", takes_bookings=False),
    Department("TOWN1", "ecg", "心电图室", "采集心电图,由县心电诊断中心出报告。", takes_bookings=False),
    Department("TOWN2", "general", "全科", "诊治常见病、多发病,负责辖区慢性病患者随访。"),
    Department("TOWN2", "vaccination", "预防接种门诊", "为辖区儿童和成人接种疫苗,每周二、四开放。"),
    Department("TOWN3", "general", "全科", "诊治常见病、多发病,负责辖区慢性病患者随访。"),
    Department("TOWN3", "vaccination", "预防接种门诊", "为辖区儿童和成人接种疫苗,每周三开放。"),
    Department("VILLAGE1", "general", "全科", "就近处理头疼脑热等小病,测血压血糖,上门随访行动不便的老人。"),
    Department("VILLAGE2", "general", "全科", "就近处理常见小病,测血压血糖,代取慢性病长处方药。"),
    Department("VILLAGE3", "general", "全科", "就近处理常见小病,测血压血糖。"),
    Department("VILLAGE4", "general", "全科", "就近处理常见小病,测血压血糖。"),
)

PRACTITIONERS: tuple[Practitioner, ...] = (
    Practitioner("C01", "陈明远", "主任医师", "COUNTY", "internal", "擅长糖尿病、甲状腺疾病的诊治和胰岛素调整。"),
    Practitioner("C02", "罗世平", "副主任医师", "COUNTY", "internal", "擅长高血压、冠心病、心力衰竭的诊治。"),
    Practitioner("C03", "郝志刚", "副主任医师", "COUNTY", "surgery", "擅长疝气、阑尾炎、胆囊疾病的微创手术。"),
    Practitioner("C04", "宋玉梅", "主任医师", "COUNTY", "obstetrics", "擅长高危妊娠管理和产后康复。"),
    Practitioner("C05", "杜慧敏", "主治医师", "COUNTY", "paediatrics", "擅长儿童呼吸道疾病和哮喘的规范治疗。"),
    Practitioner("C06", "谢鸿儒", "副主任医师", "COUNTY", "tcm", "擅长中医调治失眠、脾胃病和颈肩腰腿痛。"),
    Practitioner("C07", "姚静", "主治医师", "COUNTY", "eye", "擅长白内障手术和糖尿病视网膜病变筛查。"),
    Practitioner("C08", "冯立新", "主治医师", "COUNTY", "internal", "擅长慢性肾脏病和痛风的诊治。"),
    Practitioner("M01", "丁建华", "副主任医师", "IMAGING", "radiology", "擅长胸部X线、CT和腹部超声诊断。"),
    Practitioner("M02", "石敏", "主治医师", "IMAGING", "ecg", "擅长心律失常的心电图诊断。"),
    Practitioner("T01", "马晓军", "主治医师", "TOWN1", "general", "擅长高血压、糖尿病的长期管理和家庭医生签约服务。"),
    Practitioner("T02", "张秀琴", "副主任医师", "TOWN1", "tcm", "擅长针灸、艾灸治疗腰腿痛和面瘫。"),
    Practitioner("T03", "白雪", "医师", "TOWN1", "obstetrics", "擅长孕产期保健和妇科常见病诊治。"),
    Practitioner("T04", "何海燕", "医师", "TOWN1", "vaccination", "负责儿童和成人预防接种咨询。"),
    Practitioner("T05", "唐国栋", "主治医师", "TOWN2", "general", "擅长呼吸系统常见病和慢性病随访。"),
    Practitioner("T06", "高原", "医师", "TOWN3", "general", "擅长常见病诊治和老年人健康管理。"),
    Practitioner("V01", "李守田", "乡村医生", "VILLAGE1", "general", "在清水村行医二十多年,熟悉村里老人的慢性病情况。"),
    Practitioner("V02", "韩菊香", "乡村医生", "VILLAGE2", "general", "擅长妇幼保健和慢性病随访。"),
)


def facility(code: str) -> Facility:
    """Return the facility with this code; KeyError when the county has none."""
    return {item.code: item for item in FACILITIES}[code]


def department(facility_code: str, code: str) -> Department:
    """Return one department of a facility; KeyError when it has none of that code."""
    return {(item.facility_code, item.code): item for item in DEPARTMENTS}[facility_code, code]


def practitioner(code: str) -> Practitioner:
    """Return the practitioner with this code; KeyError when there is none."""
    return {item.code: item for item in PRACTITIONERS}[code]
