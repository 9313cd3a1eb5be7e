"""What everybody gets from every address, walked by test_access.py and written into docs/access.md.

One line of answers for the personas in their order (COLUMNS), then the addresses it holds for.
"""

from tests.architecture import (
    access_api,
    access_desk,
    access_doors,
    access_managing,
    access_mine,
    access_programs,
    access_records,
    access_services,
)

# Who asks, in the order of the answers: the key of the persona and the head of the column.
COLUMNS = {
    "owner": "本人",
    "booking": "代办人：预约",
    "results": "代办人：结果",
    "records": "代办人：档案",
    "notices": "代办人：消息",
    "expired": "代办人：已到期",
    "assisted": "帮办中",
    "after": "帮办结束后",
    "reception": "本院窗口（已打开）",
    "clinician": "本院医生（已打开）",
    "elsewhere": "外院医生",
    "emergency": "外院医生：紧急调阅",
    "auditor": "审计员",
    "stranger": "其他居民",
    "nobody": "未登录",
}

# Area -> pairs of answers and the addresses that give them.
ANSWERS: dict[str, list[tuple[str, str]]] = {
    **access_doors.ANSWERS,
    **access_mine.ANSWERS,
    **access_records.ANSWERS,
    **access_services.ANSWERS,
    **access_desk.ANSWERS,
    **access_managing.ANSWERS,
    "给程序用的接口": access_api.ANSWERS,
    "居民授权的应用": access_programs.ANSWERS,
}


GROUPS: dict[str, dict[str, dict[str, str]]] = {
    area: {name: dict(zip(COLUMNS, answers.split(), strict=True)) for answers, names in pairs for name in names.split()}
    for area, pairs in ANSWERS.items()
}
EXPECTED = {name: answers for rows in GROUPS.values() for name, answers in rows.items()}
