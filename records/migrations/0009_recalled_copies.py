from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was

answers = import_module("records.migrations.0003_public_answers")
BEFORE = as_it_was(answers.FUNCTIONS, "check_copy")
# A copy of a recalled report: not to be relied on, whatever became of the report since, and whosever it is now.
AFTER = BEFORE
for old, new in (
    (
        "WHEN newest.withdrawn_at IS NOT NULL",
        "WHEN r.release = 'recalled' OR newest.release = 'recalled' THEN 'recalled'\n      WHEN newest.withdrawn_at IS NOT NULL",
    ),
    ("  JOIN public.records_report newest", "  LEFT JOIN public.records_report newest"),
):
    assert AFTER.count(old) == 1, old
    AFTER = AFTER.replace(old, new)

# Whoever recalls a report knows the number that is printed on it.
INDEX = "CREATE INDEX report_by_number ON public.records_report (report_number) WHERE report_number <> ''"


class Migration(migrations.Migration):
    dependencies = [("records", "0010_pending")]

    operations = [
        migrations.RunSQL(AFTER, BEFORE),
        migrations.RunSQL(INDEX, "DROP INDEX public.report_by_number"),
    ]
