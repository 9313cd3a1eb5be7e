from django.db import migrations

from foundation.operations import WEB

# Who edits the mapping of a facility's tables, and who may see its patients by name: a table that was received is
# handed as a sample to whoever is both, and each hand-over is written down. To engineers it stays closed (adr/0017).
BOTH = """s.facility_id = ANY (app.facilities_for(ARRAY['administrator', 'engineer']))
  AND s.facility_id = ANY (app.facilities_for(ARRAY['reception', 'manager', 'public_health']))"""
SAMPLES = f"""
CREATE FUNCTION app.table_samples(feed uuid, largest bigint)
  RETURNS TABLE (id uuid, name varchar, size bigint, received_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT f.id, f.name, f.size, f.received_at
  FROM public.exchange_source s JOIN public.exchange_storedfile f ON f.source_id = s.id
  WHERE s.id = feed AND f.layout = 'table' AND f.size <= largest AND {BOTH}
  ORDER BY f.received_at DESC, f.id DESC LIMIT 5 $$;
COMMENT ON FUNCTION app.table_samples(uuid, bigint) IS
  'The newest tables of a feed, for who edits its mapping and may see the facility''s patients.';

CREATE FUNCTION app.take_table_sample(which uuid, largest bigint, origin inet, request text)
  RETURNS TABLE (id uuid, content bytea)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  place uuid;
BEGIN
  SELECT s.facility_id INTO place
    FROM public.exchange_storedfile f JOIN public.exchange_source s ON s.id = f.source_id
    WHERE f.id = which AND f.layout = 'table' AND f.size <= largest AND {BOTH};
  IF place IS NULL THEN RETURN; END IF;
  INSERT INTO public.residents_accessevent (at, id, actor_id, actor_name, resident_id, facility_id, action,
      subject_kind, subject_id, purpose, capacity, opening_id, address, reference)
    SELECT app.clock(), gen_random_uuid(), a.id, a.name, NULL, place, 'exchange.read_table_sample',
      'exchange.storedfile', which::text, '', 'staff', NULL, origin, left(request, 16)
    FROM public.residents_account a WHERE a.id = app.account();
  RETURN QUERY SELECT p.id, p.content FROM public.exchange_filepart p WHERE p.file_id = which ORDER BY p.number;
END $$;
COMMENT ON FUNCTION app.take_table_sample(uuid, bigint, inet, text) IS
  'A received table (sealed, in its pieces) as a sample for its mapping; written down.';
REVOKE ALL ON FUNCTION app.table_samples(uuid, bigint), app.take_table_sample(uuid, bigint, inet, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.table_samples(uuid, bigint), app.take_table_sample(uuid, bigint, inet, text) TO {WEB};
"""
NO_SAMPLES = "DROP FUNCTION app.take_table_sample(uuid, bigint, inet, text), app.table_samples(uuid, bigint);"


class Migration(migrations.Migration):
    dependencies = [("exchange", "0019_picture_secrets")]

    operations = [migrations.RunSQL(SAMPLES, NO_SAMPLES)]
