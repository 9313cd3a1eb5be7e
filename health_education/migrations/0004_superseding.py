from django.db import migrations

from foundation.operations import Guard, anyone, role

# From when a newer wording takes a wording's place is worked out whenever one is published; two publications of one
# article wait for each other at the article's row. So what is live is seen from one row, without looking for newer ones.
SUPERSEDING = """
CREATE FUNCTION app.revision_knows_its_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  NEW.superseded_at := (SELECT min(p.publish_at) FROM public.health_education_revision p
    WHERE p.article_id = NEW.article_id AND p.number > NEW.number AND p.state = 'approved');
  RETURN NEW;
END $$;
CREATE TRIGGER knows_its_end BEFORE INSERT OR UPDATE ON public.health_education_revision
  FOR EACH ROW EXECUTE FUNCTION app.revision_knows_its_end();

CREATE FUNCTION app.revision_ends_the_earlier() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM 1 FROM public.health_education_article a WHERE a.id = NEW.article_id FOR NO KEY UPDATE;
  UPDATE public.health_education_revision r SET superseded_at = NEW.publish_at
  WHERE r.article_id = NEW.article_id AND r.number < NEW.number;
  RETURN NULL;
END $$;
CREATE TRIGGER ends_the_earlier AFTER INSERT OR UPDATE OF publish_at, state ON public.health_education_revision
  FOR EACH ROW WHEN (NEW.publish_at IS NOT NULL) EXECUTE FUNCTION app.revision_ends_the_earlier();

UPDATE public.health_education_revision SET superseded_at = NULL WHERE state = 'approved';
"""
NO_SUPERSEDING = """
DROP TRIGGER ends_the_earlier ON public.health_education_revision;
DROP TRIGGER knows_its_end ON public.health_education_revision;
DROP FUNCTION app.revision_ends_the_earlier(), app.revision_knows_its_end();
"""

# As in 0002 (docs/adr/0007), with the public rule read from one row.
SEARCH = """
CREATE OR REPLACE FUNCTION app.search_revisions(wanted tsquery, most integer) RETURNS TABLE (id uuid) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id FROM public.health_education_revision r
  JOIN public.health_education_article a ON a.id = r.article_id AND a.withdrawn_at IS NULL
  WHERE r.search @@ wanted AND r.state = 'approved' AND r.publish_at <= app.clock()
    AND (r.superseded_at IS NULL OR r.superseded_at > app.clock())
  ORDER BY ts_rank(r.search, wanted) DESC, r.publish_at DESC, r.id LIMIT most $$;
"""
SEARCH_BEFORE = """
CREATE OR REPLACE FUNCTION app.search_revisions(wanted tsquery, most integer) RETURNS TABLE (id uuid) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id FROM public.health_education_revision r
  JOIN public.health_education_article a ON a.id = r.article_id AND a.withdrawn_at IS NULL
  WHERE r.search @@ wanted AND r.state = 'approved' AND r.publish_at <= app.clock() AND NOT EXISTS (
    SELECT 1 FROM public.health_education_revision n WHERE n.article_id = r.article_id AND n.number > r.number
      AND n.state = 'approved' AND n.publish_at <= app.clock())
  ORDER BY ts_rank(r.search, wanted) DESC, r.publish_at DESC, r.id LIMIT most $$;
"""


class Migration(migrations.Migration):
    dependencies = [("health_education", "0003_kinds_and_codes"), ("residents", "0003_guards")]

    operations = [
        migrations.RunSQL(SUPERSEDING, NO_SUPERSEDING),
        migrations.RunSQL(SEARCH, SEARCH_BEFORE),
        Guard(
            "health_education_explains",
            select=[anyone()],
            insert=[role("editor")],
            update=[role("editor")],
            worker="SELECT",
        ),
    ]
