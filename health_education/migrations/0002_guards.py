from django.db import migrations

from foundation.operations import WEB, WORKER, Guard, anyone, own_account, role

# What everyone may read: an approved revision whose time has come. Editors and reviewers see the rest.
LIVE = "(state = 'approved' AND publish_at <= app.clock())"
STAFF = role("editor", "reviewer")
IN_REVIEW = (
    "EXISTS (SELECT 1 FROM health_education_revision r"
    " WHERE r.id = health_education_review.revision_id AND r.state = 'review')"
)

# The author never reviews their own text, whoever writes: the review's author is the revision's, and its verdict
# holds for the words that were read (their hash), not for what is put in their place afterwards.
REVIEWS = """
CREATE FUNCTION app.wording_of(revision public.health_education_revision) RETURNS bytea LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog AS $$
  SELECT sha256(convert_to(jsonb_build_array(
    revision.title, revision.summary, revision.body, revision.source, revision.author_name)::text, 'UTF8')) $$;

CREATE FUNCTION app.review_names_the_author() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT r.author_id, app.wording_of(r) INTO NEW.author_id, NEW.wording
  FROM public.health_education_revision r WHERE r.id = NEW.revision_id;
  RETURN NEW;
END $$;
CREATE TRIGGER names_the_author BEFORE INSERT OR UPDATE ON public.health_education_review
  FOR EACH ROW EXECUTE FUNCTION app.review_names_the_author();

CREATE FUNCTION app.revision_keeps_its_word() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  newest public.health_education_review;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (OLD.article_id, OLD.number, OLD.author_id) IS DISTINCT FROM (NEW.article_id, NEW.number, NEW.author_id) THEN
      RAISE EXCEPTION 'a revision keeps its article, number and author' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'revision_keeps_its_author';
    END IF;
    IF app.wording_of(OLD) <> app.wording_of(NEW) AND (OLD.state = 'approved'
        OR (session_user = 'portal_web' AND OLD.author_id IS DISTINCT FROM app.account())) THEN
      RAISE EXCEPTION 'only its author changes a wording, and nobody an approved one' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'only_the_author_changes_a_wording';
    END IF;
    IF OLD.state = 'approved' AND NEW.state <> 'approved' THEN
      RAISE EXCEPTION 'an approved revision stays approved' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'approved_revision_stays_approved';
    END IF;
  END IF;
  NEW.reviewer_name := '';
  NEW.reviewed_at := NULL;
  IF NEW.state = 'approved' THEN
    SELECT v.* INTO newest FROM public.health_education_review v
    WHERE v.revision_id = NEW.id AND v.wording = app.wording_of(NEW) ORDER BY v.reviewed_at DESC, v.id DESC LIMIT 1;
    IF newest.verdict IS DISTINCT FROM 'approved' THEN
      RAISE EXCEPTION 'approval needs a review of these words' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'approved_revision_was_reviewed';
    END IF;
    NEW.reviewer_name := newest.reviewer_name;
    NEW.reviewed_at := newest.reviewed_at;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_word BEFORE INSERT OR UPDATE ON public.health_education_revision
  FOR EACH ROW EXECUTE FUNCTION app.revision_keeps_its_word();
"""
NO_REVIEWS = """
DROP TRIGGER names_the_author ON public.health_education_review;
DROP TRIGGER keeps_its_word ON public.health_education_revision;
DROP FUNCTION app.review_names_the_author(), app.revision_keeps_its_word(),
  app.wording_of(public.health_education_revision);
"""

# Under row-level security the search index could not be used (`@@` is not leakproof), so the search runs as the owner
# and repeats the public rule: newest live revisions of articles that were not withdrawn, nothing else.
SEARCH = f"""
CREATE FUNCTION app.search_revisions(wanted tsquery, most integer) RETURNS TABLE (id uuid) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT r.id FROM public.health_education_revision r
  JOIN public.health_education_article a ON a.id = r.article_id AND a.withdrawn_at IS NULL
  WHERE r.search @@ wanted AND r.state = 'approved' AND r.publish_at <= app.clock() AND NOT EXISTS (
    SELECT 1 FROM public.health_education_revision n WHERE n.article_id = r.article_id AND n.number > r.number
      AND n.state = 'approved' AND n.publish_at <= app.clock())
  ORDER BY ts_rank(r.search, wanted) DESC, r.publish_at DESC, r.id LIMIT most $$;
COMMENT ON FUNCTION app.search_revisions(tsquery, integer) IS 'Live revisions that match, best first; safe for every session.';
GRANT EXECUTE ON FUNCTION app.search_revisions(tsquery, integer) TO {WEB}, {WORKER};
"""
NO_SEARCH = "DROP FUNCTION app.search_revisions(tsquery, integer);"


class Migration(migrations.Migration):
    dependencies = [("health_education", "0001_initial"), ("residents", "0003_guards")]

    operations = [
        migrations.RunSQL(REVIEWS, NO_REVIEWS),
        migrations.RunSQL(SEARCH, NO_SEARCH),
        Guard(
            "health_education_topic",
            select=[anyone()],
            insert=[role("editor")],
            update=[role("editor")],
            worker="SELECT",
        ),
        Guard(
            "health_education_article",
            select=[anyone()],
            insert=[role("editor")],
            update=[role("editor")],
            worker="SELECT",
        ),
        Guard(
            "health_education_revision",
            select=[LIVE, STAFF],
            insert=[role("editor") + " AND " + own_account("author_id")],
            update=[STAFF],
            worker="SELECT",
        ),
        Guard(
            "health_education_review",
            select=[STAFF],
            insert=[" AND ".join([role("reviewer"), own_account("reviewer_id"), IN_REVIEW])],
            worker="SELECT",
        ),
    ]
