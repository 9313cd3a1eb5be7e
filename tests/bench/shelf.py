"""Twenty thousand articles in seconds: sentences drawn by how common they are, put together by the database."""

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import connections

from foundation.keys import uuid7
from foundation.rowsecurity import acting_as
from health_education.models import Topic
from health_education.search import vector_literal
from tests.factories import NOON

ARTICLES, EACH, TOPICS = 20_000, 20, 16
# What the texts speak about, the most common first.
_SUBJECTS = (
    "血压 高血压 糖尿病 血糖 脑卒中 冠心病 慢阻肺 疫苗 预防接种 感冒 流感 咳嗽 腹泻 发热 怀孕 孕妇 儿童 老人 跌倒 骨折 "
    "骨质疏松 B超 CT检查 HPV疫苗 心电图 血常规 肝功能 肾功能 尿酸 痛风 贫血 肺结核 乙肝 近视 龋齿 农药 中暑 溺水 烫伤 "
    "心肌梗死 心肺复苏 AED 失眠 抑郁 焦虑 痴呆 认知障碍 维生素D 钙片 牛奶 蔬菜 水果 食盐 酱油 食用油 饮酒 吸烟 戒烟 "
    "散步 太极拳 八段锦 艾灸 拔罐 医保 转诊 签约 随访 体检 复查 甲状腺 结节 胆结石 脂肪肝 幽门螺杆菌 带状疱疹 湿疹 癌"
)
_SAYS = (
    "要按时{a}，不要自己停药。|{a}以后出现{b}，请到卫生院看一看。|每天记下{a}的情况，下次带给医生看。|{a}和{b}常常一起出现。|"
    "家里有人{a}，要多留心。|医生会根据{a}决定要不要查{b}。|{a}期间少吃盐，多喝水，早睡觉。|如果{a}越来越重，马上打120。|"
    "吃药前先问{a}的事，写在本子上。|村医每三个月上门一次，问{a}，量{b}。|不要听信偏方，{a}要去正规医院。|走路、种菜、做操都对{a}有好处。"
)
SUBJECTS, SAYS = _SUBJECTS.split(), _SAYS.split("|")


def fill() -> None:
    """Put the shelf into the test's database, as the owner, triggers stepped around as a restore does."""
    rng = random.Random(5)
    weights = [1 / (number + 5) for number in range(len(SUBJECTS))]
    about = rng.choices(range(len(SUBJECTS)), weights, k=ARTICLES)
    said = [_sentence(rng, subject) for subject in range(len(SUBJECTS)) for _ in range(EACH)]
    with acting_as("owner"):
        topics = Topic.objects.bulk_create(Topic(slug=f"topic-{n}", name=f"主题{n}", position=n) for n in range(TOPICS))
    with connections["owner"].cursor() as cursor:
        cursor.execute("DISCARD TEMP")
        cursor.execute("CREATE TEMP TABLE said (n integer PRIMARY KEY, text text, words tsvector)")
        _copy(cursor, "said", [(n, text, vector_literal([(text, "D")])) for n, text in enumerate(said)])
        cursor.execute(
            "CREATE TEMP TABLE shelf (n int, article uuid, topic uuid, title text, words tsvector, picks int[])"
        )
        _copy(cursor, "shelf", [_frame(rng, n, subject, topics) for n, subject in enumerate(about)])
        cursor.execute(
            "CREATE AGGREGATE pg_temp.joined(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '')"
        )
        cursor.execute("SET session_replication_role = replica")
        for statement in (ARTICLE, REVISION):
            cursor.execute(statement, {"now": NOON - timedelta(days=1)})
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE health_education_article, health_education_revision")


TITLES = ("怎么吃", "要注意什么", "的早期信号", "家庭护理", "常见问题", "能不能运动", "什么时候看医生", "小课堂")
ARTICLE = """
INSERT INTO health_education_article (id, slug, kind, topic_id, audience, tags, literacy_items, speciality, language,
  related, withdrawn_because, withdrawn_at)
SELECT article, 'text-' || n, 'article', topic,
  CASE WHEN n %% 11 = 0 THEN '{elders}' WHEN n %% 97 = 0 THEN '{disabled}' ELSE '{everyone}' END::varchar[],
  CASE WHEN n %% 7 = 0 THEN '{hypertension}' WHEN n %% 13 = 0 THEN '{diabetes}' ELSE '{}' END::varchar[], '{}',
  'general',
  CASE WHEN n %% 400 = 0 THEN 'en' ELSE 'zh-hans' END, '{}', '', CASE WHEN n %% 200 = 0 THEN %(now)s::timestamptz END
FROM shelf"""
# Ten to twenty sentences each, some 250 to 500 characters; every twentieth has an older wording behind it.
REVISION = """
INSERT INTO health_education_revision (id, article_id, number, title, summary, body, source, author_name, author_id,
  is_sample, state, reviewer_name, reviewed_at, publish_at, superseded_at, review_due_on, created_at, search)
SELECT gen_random_uuid(), s.article, number, s.title, '一句话说清楚', texts.body, '来源', '编辑', gen_random_uuid(),
  false, 'approved', '审核', %(now)s,
  %(now)s::timestamptz - s.n * interval '1 hour' - (2 - number) * interval '400 days',
  CASE WHEN number = 1 THEN %(now)s::timestamptz - s.n * interval '1 hour' END, '2027-11-01', %(now)s,
  s.words || texts.words
FROM shelf s CROSS JOIN LATERAL generate_series(CASE WHEN s.n %% 20 = 0 THEN 1 ELSE 2 END, 2) number
CROSS JOIN LATERAL (
  SELECT string_agg(b.text, E'\n\n' ORDER BY k) AS body, pg_temp.joined(b.words ORDER BY k) AS words
  FROM unnest(s.picks) WITH ORDINALITY AS chosen (pick, k) JOIN said b ON b.n = pick
) texts"""


def _sentence(rng: random.Random, subject: int) -> str:
    return rng.choice(SAYS).format(a=SUBJECTS[subject], b=rng.choice(SUBJECTS))


def _frame(rng: random.Random, n: int, subject: int, topics: list[Topic]) -> tuple[Any, ...]:
    """An article's title and which sentences it is made of: most about its subject, a few about something else."""
    title = SUBJECTS[subject] + rng.choice(TITLES)
    own = rng.sample(range(subject * EACH, subject * EACH + EACH), 8 + n % 6)
    other = rng.sample(range(len(SUBJECTS) * EACH), 3)
    words = vector_literal([(title, "A"), ("一句话说清楚", "B")])
    return n, uuid7(), topics[n % TOPICS].pk, title, words, own + other


def _copy(cursor: Any, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
