import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import foundation.keys
from foundation.operations import WEB, Guard, own

# --- whether what is in a file may still be shown ---------------------------------------------------------------------
# A file was written when its link was made. Each entry in it is looked at again before the file is handed out.
OPEN = """{row}.withdrawn_at IS NULL AND {row}.left_at IS NULL AND {row}.release = 'released'
    AND {row}.sensitivity < 5{more}"""
ONE_KIND = """SELECT o.id, o.superseded_at IS NOT NULL AS replaced
  FROM f JOIN public.{table} o ON o.resident_id = f.resident_id AND o.id = ANY (f.rows)
  WHERE {open} AND NOT EXISTS (
    SELECT 1 FROM public.{table} n
    WHERE o.superseded_at IS NOT NULL AND n.source_id = o.source_id AND n.identifier = o.identifier{part}
      AND n.superseded_at IS NULL AND NOT (n.resident_id = o.resident_id AND {newest}))"""
STANDING = " AND {row}.status NOT IN ('withdrawn', 'cancelled')"
TABLES = {
    "records_report": {"more": STANDING},
    "records_observation": {"part": " AND n.resident_id = o.resident_id AND n.part = o.part"},
    **{f"records_{name}": {} for name in ("condition", "medication", "allergy", "immunization", "procedure")},
}


def one_kind(table: str, more: str = "", part: str = "") -> str:
    """The entries of one table that may still be shown, and whether a newer version is there."""
    shown = {alias: OPEN.format(row=alias, more=more.format(row=alias)) for alias in "on"}
    return ONE_KIND.format(table=table, part=part, open=shown["o"], newest=shown["n"])


ROWS = "\n  UNION ALL ".join(one_kind(table, **told) for table, told in TABLES.items())
STATE = f"""
CREATE FUNCTION app.shared_file_state(wanted uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  WITH f AS MATERIALIZED (
    SELECT s.resident_id, s.rows, app.held_items_of(ARRAY[s.resident_id]) || app.held_reports_of(ARRAY[s.resident_id])
      AS held
    FROM public.records_sharedfile s WHERE s.share_id = wanted AND s.content IS NOT NULL),
  shown AS ({ROWS})
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM f) THEN 'gone'
    WHEN (SELECT f.rows && f.held FROM f) THEN 'gone'
    WHEN (SELECT count(*) FROM shown) < (SELECT cardinality(f.rows) FROM f) THEN 'gone'
    WHEN (SELECT bool_or(shown.replaced) FROM shown) THEN 'changed'
    ELSE 'same' END $$;
COMMENT ON FUNCTION app.shared_file_state(uuid) IS
  'Whether every entry in the file of a health link may still be shown, and whether one has a newer version.';

CREATE FUNCTION app.health_link_state(s public.records_sharelink) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
  SELECT CASE
    WHEN s.kind <> 'shl' THEN 'unknown'
    WHEN app.share_state(s) NOT IN ('live', 'closed') THEN app.share_state(s)
    WHEN NOT app.may_take(s.created_by, s.resident_id, 'records') THEN 'ended'
    WHEN app.shared_file_state(s.id) = 'gone' THEN 'gone'
    ELSE app.share_state(s) END $$;

CREATE FUNCTION app.health_links_of(person uuid) RETURNS TABLE (id uuid, state text, changed boolean) LANGUAGE sql
  STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT s.id, app.health_link_state(s), app.shared_file_state(s.id) = 'changed'
  FROM public.records_sharelink s
  WHERE s.resident_id = person AND s.kind = 'shl' AND person = ANY (app.residents_for('results'))
    AND s.revoked_at IS NULL AND s.expires_at > app.clock() $$;
COMMENT ON FUNCTION app.health_links_of(uuid) IS
  'How the health links of a person stand that have neither ended nor been revoked, for whoever may see the results.';
"""
NO_STATE = """
DROP FUNCTION app.health_links_of(uuid), app.health_link_state(public.records_sharelink), app.shared_file_state(uuid);
"""

# --- what whoever holds a link can do ---------------------------------------------------------------------------------
OPENING = f"""
CREATE FUNCTION app.open_health_link(hashes bytea[], wanted uuid, pins bytea[], token bytea, place text, most integer,
    origin inet, request text)
  RETURNS TABLE (state text, attempts_left integer, file uuid, content bytea, made_at timestamptz, changed boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  s public.records_sharelink;
  f public.records_sharedfile;
  who text := coalesce('持链接者（自填：' || nullif(left(btrim(place), 60), '') || '）', '持链接者');
  standing text;
  fits boolean;
  whole boolean;
BEGIN
  -- Two tries at once wait for each other here, so that the last attempt is one attempt.
  SELECT * INTO s FROM public.records_sharelink l
    WHERE l.id = wanted AND l.link_hash = ANY (hashes) AND l.kind = 'shl' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'unknown', 0, NULL::uuid, NULL::bytea, NULL::timestamptz, NULL::boolean; RETURN;
  END IF;
  standing := app.health_link_state(s);
  IF standing <> 'live' OR pins IS NULL THEN
    RETURN QUERY SELECT CASE WHEN standing = 'live' THEN 'asked' ELSE standing END,
      (s.attempts - s.failures)::integer, NULL::uuid, NULL::bytea, NULL::timestamptz, NULL::boolean;
    RETURN;
  END IF;
  fits := coalesce(s.pin_hash = ANY (pins), false);
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, action, subject_kind, subject_id, purpose,
      capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), who, s.resident_id,
      CASE WHEN fits THEN 'records.opened_health_link' ELSE 'records.refused_health_link' END,
      'records.sharelink', s.id::text, '', '', origin, left(request, 16));
  IF NOT fits THEN
    UPDATE public.records_sharelink SET failures = failures + 1 WHERE id = s.id;
    RETURN QUERY SELECT 'wrong', greatest(s.attempts - s.failures - 1, 0), NULL::uuid, NULL::bytea, NULL::timestamptz,
      NULL::boolean;
    RETURN;
  END IF;
  SELECT * INTO f FROM public.records_sharedfile x WHERE x.share_id = s.id;
  whole := most IS NULL OR f.size <= most;
  UPDATE public.records_sharelink SET uses = uses + 1, used_at = app.clock() WHERE id = s.id;
  INSERT INTO public.records_shareopening (id, resident_id, share_id, token_hash, reader, opened_at, closes_at, closed_at)
    VALUES (gen_random_uuid(), s.resident_id, s.id, token, left(btrim(place), 60), app.clock(),
      least(s.expires_at, app.clock() + make_interval(
        mins => least(coalesce((app.setting('records.health_link_minutes') #>> '{{}}')::integer, 10), 60))),
      CASE WHEN whole THEN app.clock() END);
  RETURN QUERY SELECT 'open', (s.attempts - s.failures)::integer, f.id, CASE WHEN whole THEN f.content END, f.made_at,
    app.shared_file_state(s.id) = 'changed';
END $$;
COMMENT ON FUNCTION app.open_health_link(bytea[], uuid, bytea[], bytea, text, integer, inet, text) IS
  'Hands out the encrypted file of a health link, or a token for it, or counts a wrong passcode; all of it logged.';

CREATE FUNCTION app.take_health_link_file(token bytea, origin inet, request text)
  RETURNS TABLE (file uuid, content bytea) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  o public.records_shareopening;
BEGIN
  SELECT * INTO o FROM public.records_shareopening p
    WHERE p.token_hash = token AND p.closed_at IS NULL AND p.closes_at > app.clock() FOR UPDATE;
  -- Somebody else's wrong passcodes close a link to newcomers; whoever has opened it takes the file.
  IF NOT FOUND OR NOT EXISTS (SELECT 1 FROM public.records_sharelink s
      WHERE s.id = o.share_id AND app.health_link_state(s) IN ('live', 'closed')) THEN RETURN; END IF;
  UPDATE public.records_shareopening SET closed_at = app.clock() WHERE id = o.id;
  INSERT INTO public.residents_accessevent (at, id, actor_name, resident_id, action, subject_kind, subject_id, purpose,
      capacity, address, reference)
    VALUES (app.clock(), gen_random_uuid(), coalesce('持链接者（自填：' || nullif(o.reader, '') || '）', '持链接者'),
      o.resident_id, 'records.took_health_link_file', 'records.sharelink', o.share_id::text, '', '', origin,
      left(request, 16));
  RETURN QUERY SELECT x.id, x.content FROM public.records_sharedfile x WHERE x.share_id = o.share_id;
END $$;
COMMENT ON FUNCTION app.take_health_link_file(bytea, inet, text) IS
  'The encrypted file that an opened health link promised, once and within the hour.';

REVOKE ALL ON FUNCTION app.shared_file_state(uuid), app.health_link_state(public.records_sharelink),
  app.health_links_of(uuid), app.open_health_link(bytea[], uuid, bytea[], bytea, text, integer, inet, text),
  app.take_health_link_file(bytea, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.health_links_of(uuid),
  app.open_health_link(bytea[], uuid, bytea[], bytea, text, integer, inet, text),
  app.take_health_link_file(bytea, inet, text) TO {WEB};
"""
NO_OPENING = """
DROP FUNCTION app.take_health_link_file(bytea, inet, text),
  app.open_health_link(bytea[], uuid, bytea[], bytea, text, integer, inet, text);
"""

OF_MY_LINK = """EXISTS (SELECT 1 FROM public.records_sharelink l WHERE l.id = share_id AND l.kind = 'shl'
  AND l.resident_id = records_sharedfile.resident_id AND l.created_by = (SELECT app.account()) AND l.uses = 0)"""
GUARD = Guard(
    "records_sharedfile",
    select=[own("results")],
    insert=[f"{own('results')} AND {own('records')} AND {OF_MY_LINK}"],
    worker="SELECT, UPDATE (content)",
)


class Migration(migrations.Migration):
    dependencies = [("records", "0026_programs")]

    operations = [
        migrations.CreateModel(
            name="SharedFile",
            fields=[
                (
                    "id",
                    models.UUIDField(default=foundation.keys.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("size", models.PositiveIntegerField(verbose_name="大小")),
                (
                    "rows",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                ("content", models.BinaryField(null=True)),
                (
                    "resident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="residents.resident"
                    ),
                ),
                (
                    "share",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="file", to="records.sharelink"
                    ),
                ),
            ],
            options={
                "verbose_name": "健康链接的文件",
                "verbose_name_plural": "健康链接的文件",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gte", 1)), name="shared_file_has_a_size")
                ],
            },
        ),
        GUARD,
        migrations.RunSQL(STATE, NO_STATE),
        migrations.RunSQL(OPENING, NO_OPENING),
    ]
