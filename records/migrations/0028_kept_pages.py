import uuid

import django.db.models.deletion
from django.db import migrations, models

from foundation.operations import WEB, Guard

# Whom a row is about, by table. A change of any row here ends the pages that were kept of that person.
OF_PERSONS = {
    **dict.fromkeys(
        [
            *("records_allergy", "records_condition", "records_document", "records_encounter", "records_examination"),
            *("records_followup", "records_immunization", "records_medication", "records_observation"),
            *("records_procedure", "records_report", "records_reportattachment", "records_imagingstudy"),
            *("records_awaited", "records_dispute", "records_followthrough", "records_ownentry", "records_summary"),
            *("records_servicequestion", "records_ownreport", "residents_hearing", "exchange_criticalsubject"),
        ],
        "resident_id",
    ),
    "residents_resident": "id",
}
# What pages show of the county: a change of any row here ends all pages that were kept.
OF_THE_COUNTY = (
    *("facilities_facility", "foundation_datedsetting"),
    *("health_education_article", "health_education_explains", "health_education_revision", "health_education_topic"),
    *("records_nextstep", "records_qualitymark", "records_recognitionrule", "records_scheduleddose"),
)
WRITTEN = """
CREATE FUNCTION app.person_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE 'INSERT INTO public.records_personchange (id, resident_id, at)
    SELECT gen_random_uuid(), changed.who, clock_timestamp() FROM (' || format(CASE TG_OP
      WHEN 'INSERT' THEN 'SELECT DISTINCT %1$I FROM new_rows'
      WHEN 'DELETE' THEN 'SELECT DISTINCT %1$I FROM old_rows'
      ELSE 'SELECT %1$I FROM old_rows UNION SELECT %1$I FROM new_rows' END, TG_ARGV[0])
    || ') AS changed (who) WHERE changed.who IS NOT NULL';
  RETURN NULL;
END $$;
CREATE FUNCTION app.county_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  any_row boolean;
BEGIN
  IF TG_NARGS = 0 THEN
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END || ')'
      INTO any_row;
  END IF;
  IF coalesce(any_row, true) THEN
    INSERT INTO public.records_countychange (id, at) VALUES (gen_random_uuid(), clock_timestamp());
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION app.person_changed(), app.county_changed() FROM PUBLIC;
"""
NOT_WRITTEN = "DROP FUNCTION app.person_changed(), app.county_changed();"
TRIGGERS = """
CREATE TRIGGER kept_page_ends_1 AFTER INSERT ON public.{table} REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.{calls};
CREATE TRIGGER kept_page_ends_2 AFTER UPDATE ON public.{table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.{calls};
CREATE TRIGGER kept_page_ends_3 AFTER DELETE ON public.{table} REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION app.{calls};
"""
# A feed's row changes at every pull; pages show whose it is, and nothing of when it was asked.
OF_FEEDS = """
CREATE TRIGGER kept_page_ends_1 AFTER INSERT ON public.exchange_source
  FOR EACH STATEMENT EXECUTE FUNCTION app.county_changed('always');
CREATE TRIGGER kept_page_ends_2 AFTER UPDATE OF facility_id, state ON public.exchange_source
  FOR EACH STATEMENT EXECUTE FUNCTION app.county_changed('always');
CREATE TRIGGER kept_page_ends_3 AFTER DELETE ON public.exchange_source
  FOR EACH STATEMENT EXECUTE FUNCTION app.county_changed('always');
"""
NO_TRIGGERS = """
DROP TRIGGER kept_page_ends_1 ON public.{table};
DROP TRIGGER kept_page_ends_2 ON public.{table};
DROP TRIGGER kept_page_ends_3 ON public.{table};
"""
# Asked at every look, so its plans are kept (PL/pgSQL). A stamp is for the person's own session alone, and only while it
# may see both parts of the record: whoever sees less, or acts for another, gets pages that are made for them.
# `settled`: no process has anything of the county in its memory that is older than what the stamp says (30 seconds).
# `until`: when the time itself changes what a page shows.
STAMP = f"""
CREATE FUNCTION app.page_stamp(person uuid)
  RETURNS TABLE (records boolean, results boolean, settled boolean, until timestamptz, stamp text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  now_is timestamptz := app.clock();
BEGIN
  records := coalesce(person = ANY (app.residents_for('records')), false);
  results := coalesce(person = ANY (app.residents_for('results')), false);
  IF records AND results AND person = app.own_resident() THEN
    SELECT coalesce(md5(string_agg(c.id::text, ',' ORDER BY c.id)), '') INTO stamp
      FROM public.records_personchange c WHERE c.resident_id = person;
    SELECT stamp || ' ' || coalesce(md5(string_agg(c.id::text, ',' ORDER BY c.id)), ''),
        coalesce(max(c.at) < clock_timestamp() - interval '2 minutes', true)
      INTO stamp, settled FROM public.records_countychange c;
    SELECT stamp || ' ' || count(*) || ' ' || coalesce(max(s.valid_from)::text, ''),
        settled AND coalesce(max(s.valid_from) < now_is - interval '2 minutes', true)
      INTO stamp, settled FROM public.foundation_datedsetting s WHERE s.valid_from <= now_is;
    stamp := stamp || ' ' || app.may_share_now(person)
      || ' ' || coalesce((SELECT p.xmin::text || p.for_you FROM public.health_education_readingpreference p
        WHERE p.account_id = app.account()), '')
      || ' ' || EXISTS (SELECT 1 FROM public.exchange_pull p WHERE p.outcome = 'succeeded');
    until := least(
      (SELECT min(r.publish_at) FROM public.health_education_revision r
        WHERE r.state = 'approved' AND r.publish_at > now_is),
      (SELECT min(n.starts_at) FROM public.records_nextstep n WHERE n.starts_at > now_is),
      (SELECT min(n.ends_at) FROM public.records_nextstep n WHERE n.ends_at > now_is),
      (SELECT min(a.until) FROM public.records_awaited a
        WHERE a.resident_id = person AND a.ended_at IS NULL AND a.until > now_is),
      (SELECT min(d.due_at) FROM public.records_dispute d WHERE d.resident_id = person AND d.due_at > now_is));
  END IF;
  RETURN NEXT;
END $$;
COMMENT ON FUNCTION app.page_stamp(uuid) IS
  'What this session may see of a person, and for their own session a mark that changes with all that pages show.';
REVOKE ALL ON FUNCTION app.page_stamp(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.page_stamp(uuid) TO {WEB};
"""
NO_STAMP = "DROP FUNCTION app.page_stamp(uuid);"


def ends_pages(table: str, calls: str) -> migrations.RunSQL:
    return migrations.RunSQL(TRIGGERS.format(table=table, calls=calls), NO_TRIGGERS.format(table=table))


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0026_programmes"),
        ("facilities", "0005_roles"),
        ("foundation", "0003_djangos_own_tables"),
        ("health_education", "0011_honest_counts"),
        ("records", "0027_contest_kept_reports"),
        ("residents", "0030_program_connected"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonChange",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "resident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="residents.resident",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
            ],
            options={
                "verbose_name": "档案有变化",
                "verbose_name_plural": "档案有变化",
                "indexes": [
                    models.Index(fields=["resident"], include=["id"], name="person_change_of"),
                    models.Index(fields=["at"], name="person_change_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CountyChange",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True, verbose_name="时间")),
            ],
            options={"verbose_name": "全县资料有变化", "verbose_name_plural": "全县资料有变化"},
        ),
        Guard("records_personchange", worker="SELECT, DELETE"),
        Guard("records_countychange", worker="SELECT, DELETE"),
        migrations.RunSQL(WRITTEN, NOT_WRITTEN),
        *[ends_pages(table, f"person_changed('{column}')") for table, column in OF_PERSONS.items()],
        *[ends_pages(table, "county_changed()") for table in OF_THE_COUNTY],
        migrations.RunSQL(OF_FEEDS, NO_TRIGGERS.format(table="exchange_source")),
        migrations.RunSQL(STAMP, NO_STAMP),
    ]
