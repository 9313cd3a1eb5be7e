from django.db import migrations

from foundation.operations import Guard, anyone, own_account, role

# What everyone may read: an approved revision whose time has come. Editors and reviewers see the rest.
LIVE = "(state = 'approved' AND publish_at <= app.clock())"
STAFF = role("editor", "reviewer")

# The author never reviews their own text, whoever writes: the review's author is the revision's.
AUTHOR = """
CREATE FUNCTION app.review_names_the_author() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT author_id INTO NEW.author_id FROM public.health_education_revision WHERE id = NEW.revision_id;
  RETURN NEW;
END $$;
CREATE TRIGGER names_the_author BEFORE INSERT OR UPDATE ON public.health_education_review
  FOR EACH ROW EXECUTE FUNCTION app.review_names_the_author();

CREATE FUNCTION app.approval_needs_a_review() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.state = 'approved' AND NOT EXISTS (
    SELECT 1 FROM public.health_education_review v WHERE v.revision_id = NEW.id AND v.verdict = 'approved') THEN
    RAISE EXCEPTION 'approval needs a review' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'approved_revision_was_reviewed';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approved_after_review BEFORE INSERT OR UPDATE ON public.health_education_revision
  FOR EACH ROW EXECUTE FUNCTION app.approval_needs_a_review();
"""
UNDO = """
DROP TRIGGER names_the_author ON public.health_education_review;
DROP TRIGGER approved_after_review ON public.health_education_revision;
DROP FUNCTION app.review_names_the_author(), app.approval_needs_a_review();
"""


class Migration(migrations.Migration):
    dependencies = [("health_education", "0001_initial"), ("residents", "0003_guards")]

    operations = [
        migrations.RunSQL(AUTHOR, UNDO),
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
            "health_education_revision", select=[LIVE, STAFF], insert=[role("editor")], update=[STAFF], worker="SELECT"
        ),
        Guard(
            "health_education_review",
            select=[STAFF],
            insert=[role("reviewer") + " AND " + own_account("reviewer_id")],
            worker="SELECT",
        ),
    ]
