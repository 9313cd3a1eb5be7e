"""The access log's dated settings, in one place that every process reads, so that staff see them all."""

from foundation.dated import register

LATE = register("access_log.late_seconds", 600, "访问记录最迟在多少秒内提交（更早的不再封存，由核验报告）")
GRACE = register("access_log.seal_seconds", 60, "访问记录写入后多少秒内必须封存")
KEPT_MONTHS = register("access_log.kept_months", 36, "访问记录在数据库里至少保留多少个月")
TALLY_DAYS = register("access_log.tally_days", 90, "读取计数保留多少天")
