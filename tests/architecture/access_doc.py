"""docs/access.md, written from the table that the tests walk: `make docs`."""

from tests.architecture import BASE
from tests.architecture.access_table import COLUMNS, GROUPS

INTRODUCTION = """# 谁能打开什么

本页由 `make docs` 从测试用的访问表生成，和门户的实际行为逐格核对（`tests/architecture/test_access.py`）：
每一个地址，由每一种人去打开，核对状态码和页面上透露了什么。被打开的都是居民贺兰芳的东西。

格子里的数字是状态码：200 打开，302 转到别处（多半是登录或确认），403 不许，404 没有（别人的和不存在的一样），
400 请求不完整。数字后面的字说明页面透露了她的什么：基（证件、手机等基本信息）、约（预约）、档（健康档案）、
果（检查检验结果）。没有字就是什么也没透露。

行级安全策略在数据库里画同一条线：页面忘了检查，数据库也不给（`tests/architecture/test_refusals.py`、`tests/residents/test_delegation_machine.py`）。

| 称呼 | 是谁 |
|---|---|
| 本人 | 贺兰芳，L3，同意了全部用途 |
| 代办人：… | 她的女儿，只授权了这一项；“已到期”的授权昨天到期 |
| 帮办中、帮办结束后 | 村医，她当面出示了帮办卡，15 分钟之内和之后 |
| 本院窗口、本院医生 | 她预约的卫生院的工作人员，因诊疗服务打开了她 |
| 外院医生 | 县医院的医生；“紧急调阅”写明了原因，30 分钟 |
| 审计员 | 卫生健康局的审计员 |
| 其他居民 | 王建国，和她没有关系 |
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(section(title, rows) for title, rows in GROUPS.items())])


def section(title: str, rows: dict[str, dict[str, str]]) -> str:
    """One group: addresses with equal answers share a line."""
    head = f"| 地址 | {' | '.join(COLUMNS.values())} |"
    rule = "|---" * (len(COLUMNS) + 1) + "|"
    lines: dict[tuple[str, ...], list[str]] = {}
    for name, answers in rows.items():
        lines.setdefault(tuple(answers[key] for key in COLUMNS), []).append(name.replace("|", "\\|"))
    body = [f"| {'<br>'.join(f'`{name}`' for name in names)} | {' | '.join(cells)} |" for cells, names in lines.items()]
    return "\n".join([f"## {title}", "", head, rule, *body, ""])


if __name__ == "__main__":
    (BASE / "docs/access.md").write_text(page())
