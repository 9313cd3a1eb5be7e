"""The guide's rules of the demonstration county, in its people's own words.

An example of how rules are written, not a medical standard: a county has its own doctors review its own rules. Sources
are in `SOURCE`; whoever looks for the reason of a line finds it there.
"""

from dataclasses import dataclass, field

NOTE = "演示用的第一版：12个部位、常见不舒服和危险信号"
SOURCE = (
    "演示县自编；危险信号参照国家卫生健康委“中风120”“胸痛”宣传要点和12356心理援助热线公告。正式使用前须由本县医师审核"
)


@dataclass(frozen=True, slots=True)
class End:
    """Where a path ends; without departments it is the telephone."""

    outcome: str
    departments: str = ""
    level: str = ""
    urgency: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint, for whom (a adults, c children, p pregnant), its questions, and the end when all are answered no."""

    part: str
    name: str
    other_words: str
    whom: str
    end: End
    questions: tuple[tuple[str, End], ...] = field(default=())


def see(departments: str, level: str, urgency: str, advice: str = "") -> End:
    return End("department", departments, level, urgency, advice)


def call(advice: str) -> End:
    return End("emergency", advice=advice)


STROKE = call("让人躺平、头偏向一边，不要喂水喂药。记下几点几分开始的，医生要问。")
HEART = call("让人坐着或半躺着别动，解开领口。身边不要离人。")
BREATH = call("扶人坐直，开窗通风，解开领口。")
BLEED = call("用干净的布用力压住出血的地方，一直压着，不要松开看。")
ASLEEP = call("让人侧躺，别往嘴里喂东西。不喘气、叫不醒，就按120电话里教的做胸外按压。")
CHILD = call("孩子侧躺，解开衣服散热，不要捂，不要往嘴里塞东西。")
PREGNANT = call("左侧躺着，记下什么时候开始的、流了多少血。")
ALONE = End("hotline", advice="身边的人不要让他一个人待着，把药、农药、刀收好，陪着打电话。")

SIGNS: tuple[tuple[str, End], ...] = (
    ("胸口疼或者压得慌，还出冷汗、喘不上气", HEART),
    ("嘴歪了、一边胳膊抬不起来、说话不清楚", STROKE),
    ("叫不醒、晕倒了、正在抽风", ASLEEP),
    ("出血多，压不住", BLEED),
    ("喘不上气，嘴唇发紫，话都说不完整", BREATH),
    ("3个月以内的小娃娃发烧，或者不吃奶、没精神", CHILD),
    ("怀孕的人出血多、肚子一直疼、抽风", PREGNANT),
    ("喝了农药、吃错了药、煤气熏着了", call("煤气熏着先开窗、把人抬到外头。别催吐，把药瓶留给医生看。")),
    ("不想活了，想伤害自己", ALONE),
)
