"""What keeps events as they are: the database itself refuses to change one, or to delete one that is not trimmed."""

from __future__ import annotations

_TRIMMED = """EXISTS (
  SELECT 1 FROM stream_trim t WHERE t.stream = OLD.stream AND (OLD.xid, OLD.seq) <= (t.xid, t.seq))"""

KEPT: dict[str, tuple[str, ...]] = {
    "sqlite": (
        """CREATE TRIGGER stream_event_unchanged BEFORE UPDATE ON stream_event
BEGIN SELECT RAISE(ABORT, 'events of a stream are never changed'); END""",
        f"""CREATE TRIGGER stream_event_undeleted BEFORE DELETE ON stream_event
WHEN NOT {_TRIMMED}
BEGIN SELECT RAISE(ABORT, 'events of a stream are only trimmed from its beginning'); END""",
    ),
    "postgresql": (
        f"""CREATE FUNCTION stream_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF {_TRIMMED} THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'events of a stream are only trimmed from its beginning';
  END IF;
  RAISE EXCEPTION 'events of a stream are never changed';
END $$""",
        """CREATE TRIGGER stream_event_kept BEFORE UPDATE OR DELETE ON stream_event
FOR EACH ROW EXECUTE FUNCTION stream_event_kept()""",
        """CREATE TRIGGER stream_event_whole BEFORE TRUNCATE ON stream_event
FOR EACH STATEMENT EXECUTE FUNCTION stream_event_kept()""",
    ),
}
"""Statements of each dialect; migrations before a release have a copy of their own from the day it is released."""
