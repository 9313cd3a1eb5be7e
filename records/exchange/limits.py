"""What the exchange may spend on a facility: dated settings that staff see and change, read once for each run."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation.dated import register, setting

PAGE_SIZE = register("exchange.page_size", 200, "每次向机构接口请求的条数")
MAX_PAGES = register("exchange.max_pages", 5000, "一次拉取每类资源最多读取的页数")
ANSWER_SECONDS = register("exchange.answer_seconds", 60, "等待机构接口一次应答的最长秒数")
ANSWER_MEGABYTES = register("exchange.answer_megabytes", 20, "机构接口一次应答的最大兆字节数")
FILE_MEGABYTES = register("exchange.file_megabytes", 500, "导入文件的最大兆字节数")
DROP_MEGABYTES = register("exchange.drop_megabytes", 64, "投递文件夹里一个文件的最大兆字节数")
PUSH_MEGABYTES = register("exchange.push_megabytes", 20, "机构一次推送的最大兆字节数")
PUSH_ENTRIES = register("exchange.push_entries", 20_000, "机构一次推送的 Bundle 最多多少条")
DOCUMENT_ENTRIES = register("exchange.document_entries", 400_000, "一份文件或消息最多读出多少条")
DOCUMENT_SECONDS = register("exchange.document_seconds", 120, "读一份文件或消息的最长秒数")
PUSHES_PER_MINUTE = register("exchange.pushes_per_minute", 600, "同一数据来源每分钟推送的最多次数")
ENTRY_MEGABYTES = register("exchange.entry_megabytes", 20, "NDJSON 文件一行的最大兆字节数")
OVERLAP_SECONDS = register("exchange.overlap_seconds", 120, "拉取时向前重叠的秒数（重复的消息不会重复入档）")
WIDE_HOURS = register("exchange.wide_overlap_hours", 48, "每天夜里第一次拉取时向前重叠的小时数（补上机构晚提交的消息）")
NIGHT = register("exchange.wide_overlap_from", "02:00", "从几点起，当天第一次成功的拉取按上面的小时数重叠")
BACK_OFF_HOURS = register("exchange.back_off_hours", 6, "连续失败后重试间隔的上限（小时）")
ORIGINAL_MEGABYTES = register("exchange.original_megabytes", 10, "机构原始报告（PDF）的最大兆字节数")
ORIGINAL_FILES = register("exchange.original_files", 5, "一份报告最多保存几个机构原始 PDF")
NOTICE_DAYS = register("exchange.notice_days", 30, "报告出具后多少天内入档才通知居民")


@dataclass(frozen=True)
class Limits:
    """The limits in force for one run."""

    page_size: int
    max_pages: int
    answer_seconds: float
    answer_bytes: int
    overlap: timedelta
    notice_age: timedelta
    document_entries: int
    document_seconds: float
    original_bytes: int = 10 * 1024 * 1024
    original_files: int = 5

    @classmethod
    def at(cls, now: datetime) -> "Limits":
        """The limits in force at `now`."""
        return cls(
            page_size=setting(PAGE_SIZE, now),
            max_pages=setting(MAX_PAGES, now),
            answer_seconds=setting(ANSWER_SECONDS, now),
            answer_bytes=setting(ANSWER_MEGABYTES, now) * 1024 * 1024,
            overlap=timedelta(seconds=setting(OVERLAP_SECONDS, now)),
            notice_age=timedelta(days=setting(NOTICE_DAYS, now)),
            document_entries=setting(DOCUMENT_ENTRIES, now),
            document_seconds=setting(DOCUMENT_SECONDS, now),
            original_bytes=setting(ORIGINAL_MEGABYTES, now) * 1024 * 1024,
            original_files=setting(ORIGINAL_FILES, now),
        )
