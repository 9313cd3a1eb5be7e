from importlib import import_module

from django.db import migrations

from foundation.operations import as_it_was

recalls = import_module("records.exchange.migrations.0015_recalls")


def _changed(sql: str, changes: list[tuple[str, str]]) -> str:
    """`sql` with each text, which must stand in it just once, replaced."""
    for old, new in changes:
        assert sql.count(old) == 1, old
        sql = sql.replace(old, new)
    return sql


# Check-ups, follow-ups and documents are recalled like everything else. A questionnaire makes a row of one of two
# tables; a document comes as one of two kinds, whose names must differ in the table that they share.
NAME = as_it_was(recalls.SHARED, "recalled_name")
NEW_NAME = _changed(
    NAME,
    [
        (
            "WHEN 'MedicationStatement' THEN",
            "WHEN 'MedicationStatement' THEN left(kind || '/' || identifier, 200)\n    WHEN 'Composition' THEN",
        )
    ],
)
HIDE = as_it_was(recalls.HIDE, "hide_recalled")
NEW_HIDE = _changed(
    HIDE,
    [
        (
            "('immunization', ARRAY['Immunization'])",
            "('immunization', ARRAY['Immunization']),\n"
            "    ('examination', ARRAY['QuestionnaireResponse']), ('followup', ARRAY['QuestionnaireResponse']),\n"
            "    ('document', ARRAY['DocumentReference', 'Composition'])",
        )
    ],
)
FIND = as_it_was(recalls.START, "find_recallable")
NEW_FIND = _changed(
    FIND,
    [
        (
            "'AllergyIntolerance', 'Immunization'])",
            "'AllergyIntolerance', 'Immunization',\n            'QuestionnaireResponse', 'DocumentReference', 'Composition'])",
        )
    ],
)


class Migration(migrations.Migration):
    dependencies = [("exchange", "0025_ledger_columns"), ("records", "0011_programmes")]

    operations = [
        migrations.RunSQL(NEW_NAME, NAME),
        migrations.RunSQL(NEW_HIDE, HIDE),
        migrations.RunSQL(NEW_FIND, FIND),
    ]
