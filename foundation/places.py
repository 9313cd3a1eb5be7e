"""Places that are counted by the database: slots of a clinic, seats of a lecture.

Triggers on the rows that hold a place take it and give it back (docs/adr/0003), each by one conditional statement, so
the count is exact whoever writes and however many come at once.
"""

from django.db import DatabaseError


def taking(
    function: str, table: str, key: str, *, full: str, condition: str = "taken < capacity", besides: str = ""
) -> str:
    """The trigger function `app.<function>()` that takes a place in the row of `table` that `NEW.<key>` names.

    For AFTER INSERT: a row that a conflict kept out takes no place. One statement asks `condition` of the newest row
    and counts; where it finds none, the insert fails with the constraint `full`. `besides`: what else is counted then.
    """
    also = besides and f", {besides}"
    return f"""
CREATE OR REPLACE FUNCTION app.{function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  UPDATE public.{table} SET taken = taken + 1{also} WHERE id = NEW.{key} AND {condition};
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no place is left' USING ERRCODE = 'check_violation', CONSTRAINT = '{full}';
  END IF;
  RETURN NULL;
END $$;
"""


def giving_back(table: str, key: str, *, besides: str = "") -> str:
    """The statement that gives a place back, for the body of a trigger function on the row that held it."""
    also = besides and f", {besides}"
    return f"UPDATE public.{table} SET taken = taken - 1{also} WHERE id = OLD.{key};"


def only_by_triggers(name: str, table: str) -> str:
    """The trigger by which nobody else writes the count, the owner included."""
    return f"""
CREATE TRIGGER {name} BEFORE UPDATE ON public.{table}
  FOR EACH ROW WHEN (NEW.taken <> OLD.taken AND pg_trigger_depth() = 0) EXECUTE FUNCTION app.refuse();
"""


def said_no(error: DatabaseError) -> tuple[str | None, str | None]:
    """By which constraint and which SQLSTATE the database refused a statement."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None), getattr(diagnosis, "sqlstate", None)
