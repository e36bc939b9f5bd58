"""What the durable queue says to its database. Both dialects understand it; `?` is where a value goes.

`AMONG ?` is spelled by the dialect, see `Dialect.changed`.
"""

from __future__ import annotations

FAR = 2**62
"""When a job that waits for its turn is due: never by itself."""

PUSH = """
INSERT INTO queue_job (id, queue, state, rank, visible_at, span, ready_at, max_attempts, key, serial, data,
    content_type, note, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
PUSH_UNLESS_THERE = PUSH + " ON CONFLICT DO NOTHING"
WITH_KEY = "SELECT id FROM queue_job WHERE queue = ? AND key = ? AND finished_at IS NULL"
IN_LINE = "SELECT 1 FROM queue_job WHERE queue = ? AND serial = ? AND finished_at IS NULL LIMIT 1"

HELD = "SELECT queue FROM queue_held"
READY = """
SELECT rank, id, queue, attempts, max_attempts, key, serial, data, content_type, note, created_at, error
FROM queue_job WHERE queue = ? AND state = 'ready' ORDER BY rank, id LIMIT ?"""
TAKE = """
UPDATE queue_job SET state = 'running', attempts = attempts + 1, lease = ?, visible_at = ?, span = ?,
    ready_at = NULL, progress = NULL, started_at = ?
WHERE id AMONG ?"""

ACK = """
UPDATE queue_job SET state = 'done', finished_at = ?, lease = NULL, visible_at = NULL, span = NULL
WHERE lease = ? AND state = 'running' AND id AMONG ?"""
NACK = """
UPDATE queue_job SET state = ?, visible_at = ?, span = ?, ready_at = ?, finished_at = ?, error = ?, lease = NULL
WHERE id = ? AND lease = ? AND state = 'running'"""
EXTEND = """
UPDATE queue_job SET visible_at = ?, span = ?, progress = COALESCE(?, progress)
WHERE id = ? AND lease = ? AND state = 'running'"""

DUE = """
SELECT id, queue, state, attempts, max_attempts, serial FROM queue_job
WHERE visible_at <= ? AND visible_at <= CASE WHEN span IS NULL THEN ? ELSE ? END
ORDER BY visible_at LIMIT ?"""
NEXT_DUE = "SELECT min(visible_at) FROM queue_job WHERE visible_at IS NOT NULL"
COME_DUE = """
UPDATE queue_job SET state = 'ready', visible_at = NULL, span = NULL, lease = NULL, ready_at = ?,
    error = COALESCE(?, error)
WHERE id = ?"""
FINISH = """
UPDATE queue_job SET state = ?, visible_at = NULL, span = NULL, lease = NULL, ready_at = NULL, finished_at = ?,
    error = COALESCE(?, error)
WHERE id = ?"""

NEXT_IN_LINE = """
SELECT id, ready_at, span FROM queue_job
WHERE queue = ? AND serial = ? AND finished_at IS NULL AND visible_at = ? ORDER BY id LIMIT 1"""
COME_UP = "UPDATE queue_job SET state = ?, visible_at = ?, span = ?, ready_at = ? WHERE id = ?"
HOLDER = """
SELECT 1 FROM queue_job
WHERE queue = ? AND serial = ? AND finished_at IS NULL AND (visible_at IS NULL OR visible_at <> ?) LIMIT 1"""
LINES = """
SELECT DISTINCT queue, serial FROM queue_job
WHERE visible_at = ? AND serial IS NOT NULL AND finished_at IS NULL"""

ONE = "SELECT state, queue, key, serial, visible_at FROM queue_job WHERE id = ?"
PLAIN = "SELECT id FROM queue_job WHERE id = ANY(?) AND key IS NULL AND serial IS NULL ORDER BY id"
AGAIN = """
UPDATE queue_job SET state = ?, visible_at = ?, span = NULL, ready_at = ?, attempts = 0, lease = NULL, progress = NULL,
    started_at = NULL, finished_at = NULL
WHERE id = ?"""
EXCHANGE = "UPDATE queue_job SET data = ?, content_type = ? WHERE id = ?"
DISCARD = "DELETE FROM queue_job WHERE id = ? AND finished_at IS NOT NULL"
FORGET = "DELETE FROM queue_job WHERE id = ?"
OF_STATE = "SELECT id, serial, visible_at FROM queue_job WHERE queue = ? AND state = ? LIMIT ?"
HOLD = "INSERT INTO queue_held (queue, at) VALUES (?, ?) ON CONFLICT DO NOTHING"
LET_GO = "DELETE FROM queue_held WHERE queue = ?"

OVER = "SELECT DISTINCT queue, state FROM queue_job WHERE finished_at IS NOT NULL"
SURPLUS = """
SELECT finished_at FROM queue_job
WHERE queue = ? AND state = ? AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT 1 OFFSET ?"""
PRUNE = """
DELETE FROM queue_job WHERE id IN (SELECT id FROM queue_job
    WHERE queue = ? AND state = ? AND finished_at <= ? ORDER BY finished_at LIMIT ?)"""

MOVE_ALL = "UPDATE queue_job SET visible_at = visible_at + ? WHERE span IS NOT NULL AND visible_at < ?"
CLOCK = "INSERT INTO queue_clock (id, moved) VALUES (1, 0) ON CONFLICT DO NOTHING"
MOVED = "SELECT moved FROM queue_clock WHERE id = 1"
MOVE_CLOCK = "UPDATE queue_clock SET moved = moved + ? WHERE id = 1"
SHORTEN = (
    "UPDATE queue_job SET visible_at = ? + span WHERE span IS NOT NULL AND visible_at < ? AND visible_at > ? + span"
)

COLUMNS = (
    "id, queue, state, rank, visible_at, attempts, max_attempts, lease, key, serial, data, content_type, note, "
    "progress, error, created_at, started_at, finished_at"
)
COUNT_READY = "SELECT queue, 'ready', count(*), min(ready_at) FROM queue_job WHERE state = 'ready' GROUP BY queue"
COUNT_TIMED = "SELECT queue, state, count(*) FROM queue_job WHERE visible_at IS NOT NULL GROUP BY queue, state"
COUNT_OVER = "SELECT queue, state, count(*) FROM queue_job WHERE finished_at IS NOT NULL GROUP BY queue, state"
ANY_READY = "SELECT 1 FROM queue_job WHERE queue = ? AND state = 'ready' LIMIT 1"
