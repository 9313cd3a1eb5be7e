"""The cast, asked in every question of access (house style)."""

from dataclasses import dataclass
from datetime import date

from facilities.models import Facility
from residents.models import Account, Resident
from tests import factories


@dataclass(frozen=True)
class People:
    """贺兰芳 (resident), 王建国 (a stranger), 贺小雨 (daughter), 李村医, 张前台 (reception at her township),
    陈医生 (clinician elsewhere), 管理员 (administrator of the bureau), 宣教编辑, 医学审核, 接口工程师."""

    township: Facility
    county: Facility
    bureau: Facility
    helanfang: Resident
    wangjianguo: Resident
    hexiaoyu: Resident
    helanfang_account: Account
    wangjianguo_account: Account
    hexiaoyu_account: Account
    licunyi: Account
    zhangqiantai: Account
    chenyisheng: Account
    administrator: Account
    editor: Account
    reviewer: Account
    engineer: Account


HELANFANG_NUMBER = "640199195702130125"


def cast() -> People:
    """Everyone, with accounts and roles, written as the owner and at once."""
    with factories.gathering():
        return _written()


def _written() -> People:
    bureau = factories.facility("BUREAU", "县卫生健康局", "bureau")
    county = factories.facility("COUNTY", "县人民医院", "county")
    township = factories.facility("TOWN1", "河东镇卫生院", "township")
    lan = factories.resident("贺兰芳", HELANFANG_NUMBER, facility=township)
    wang = factories.resident("王建国", factories.id_number(date(1961, 5, 4), 13))
    yu = factories.resident("贺小雨", factories.id_number(date(1985, 7, 9), 22))
    return People(
        township=township,
        county=county,
        bureau=bureau,
        helanfang=lan,
        wangjianguo=wang,
        hexiaoyu=yu,
        helanfang_account=factories.account(lan, phone="19900000001"),
        wangjianguo_account=factories.account(wang, phone="19900000002"),
        hexiaoyu_account=factories.account(yu, phone="19900000003"),
        licunyi=factories.staff("licunyi", "李村医", township, "village_doctor"),
        zhangqiantai=factories.staff("zhangqiantai", "张前台", township, "reception"),
        chenyisheng=factories.staff("chenyisheng", "陈医生", county, "clinician"),
        administrator=factories.staff("guanliyuan", "管理员", bureau, "administrator"),
        editor=factories.staff("bianji", "宣教编辑", bureau, "editor"),
        reviewer=factories.staff("shenhe", "医学审核", bureau, "reviewer"),
        engineer=factories.staff("gongchengshi", "接口工程师", bureau, "engineer"),
    )
