"""Jobs are done in their places, on the one path, and what becomes of each is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexus_admin.audit.query import AuditQuery
from nexus_admin.domain.action import Call
from nexus_admin.domain.actor import Actor
from nexus_admin.domain.errors import Forbidden, Invalid, Refused
from nexus_admin.kernel.kernel import Kernel
from tests.kernel.working.world import JOBS, house, job_of, module_of, over, pushed, runs
from tests.kernel.world import owner_of, perform
from tests.waiting import until


@pytest.mark.req("S002-QUEUE-05")
def test_a_job_is_done_and_its_result_lines_and_progress_are_kept(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        id = pushed(kernel, "tick.count", n=4)
        assert over(kernel, id).state == "done"
        (run,) = runs(kernel, id)
        assert (run.outcome, run.result["sum"], run.log[-1]) == ("done", 6, "at 3")
        assert run.result["who"] == "ana@example.com"
        entry = kernel.ledger.find(AuditQuery(actions=("job.work",), limit=1)).entries[0]
        assert (entry.id, entry.outcome, entry.actor_name) == (run.entry, "done", "ana@example.com by job tick.count")


@pytest.mark.req("S002-QUEUE-05", "S003-STACK-12")
@pytest.mark.parametrize(
    ("name", "result"), [("tick.coroutine", 1), ("tick.computes", {"n": 7, "noted": 2, "behind": True})]
)
def test_coroutines_and_processes_reach_the_one_path_too(tmp_path: Path, name: str, result: object) -> None:
    with house(tmp_path) as kernel:
        data = {"n": 7} if name == "tick.computes" else {}
        id = pushed(kernel, name, **data)
        assert over(kernel, id).state == "done"
        (run,) = runs(kernel, id)
        assert run.result == result
        entry = kernel.ledger.find(AuditQuery(actions=("tick.note",), limit=1)).entries[0]
        assert (entry.parent, entry.via, entry.outcome) == (run.entry, "job", "done")


@pytest.mark.req("S002-QUEUE-08", "S002-QUEUE-09")
def test_one_that_raises_is_tried_again_and_dies_without_its_words(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        id = pushed(kernel, "tick.fails")
        assert over(kernel, id).state == "dead"
        until(lambda: len(runs(kernel, id)) == 2, "both attempts")
        assert [run.outcome for run in runs(kernel, id)] == ["dead", "failed"]
        error = job_of(kernel, id).error or ""
        assert error.startswith("tick.fails raised ValueError (tick/__init__.py:")
        assert "password" not in error
        assert kernel.hooks.statuses["plugins/tick"].state == "started"


@pytest.mark.req("S002-QUEUE-08")
def test_a_job_may_ask_for_another_time_or_give_up_for_good(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        later, gone = pushed(kernel, "tick.later"), pushed(kernel, "tick.gives_up")
        assert over(kernel, later).attempts == 2
        dead = over(kernel, gone)
        assert (dead.state, dead.attempts, dead.error) == ("dead", 1, "There is no such customer any more.")


@pytest.mark.req("S002-QUEUE-05")
def test_a_process_that_ends_by_itself_is_named(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        dead = over(kernel, pushed(kernel, "tick.dies"))
        assert (dead.state, dead.error) == ("dead", "The process of tick.dies ended by itself (code 3).")


@pytest.mark.req("S002-QUEUE-12")
def test_a_job_that_hangs_is_left_behind_and_changes_nothing_more(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        object.__setattr__(kernel.crew.worker._room, "patience", 0.1)  # type: ignore[union-attr]
        id = pushed(kernel, "tick.hangs")
        dead = over(kernel, id)
        assert (dead.state, dead.error) == ("dead", "It took longer than 0.2 s and was given up.")
        entry = kernel.ledger.find(AuditQuery(actions=("job.work",), limit=1)).entries[0]
        assert entry.outcome == "failed"
        module = module_of(kernel)
        module.HUNG.set()
        other = pushed(kernel, "tick.count")
        assert over(kernel, other).state == "done"
        assert 99 not in module.SEEN


@pytest.mark.req("S002-QUEUE-10", "S002-DASH-07")
@pytest.mark.parametrize("name", ["tick.long", "tick.spins", "tick.sleeps"])
def test_what_is_cancelled_ends(tmp_path: Path, name: str) -> None:
    with house(tmp_path) as kernel:
        id = pushed(kernel, name)
        until(lambda: job_of(kernel, id).state == "running", "its beginning")
        if name == "tick.spins":
            until(lambda: job_of(kernel, id).progress, "its process")
        perform(kernel, "queue.cancel", JOBS, ids=[id])
        until(lambda: not kernel.crew.worker.running(), "its end")  # type: ignore[union-attr]
        assert over(kernel, id).state == "cancelled"
        assert runs(kernel, id)[0].outcome == "cancelled"


def test_a_right_that_was_lost_meanwhile_stops_the_job_plainly(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        users = kernel.access.users
        owner = owner_of(kernel)
        eve = users.create("eve@example.com", password="a long passphrase 78", roles=("admin",), by=owner)
        actor = kernel.access.actor_of_user(eve.id)
        assert actor is not None
        perform(kernel, "queue.pause", JOBS, queue="default")
        call = Call("job.run", JOBS, {"job": "tick.needs"}, actor)
        lost, gone = kernel.perform(call), kernel.perform(call)
        users.set_roles(eve.id, ("viewer",), by=owner)
        perform(kernel, "queue.resume", JOBS, queue="default")
        dead = over(kernel, lost)
        assert dead.state == "dead"
        assert "may not run the job tick.needs" in (dead.error or "")
        over(kernel, gone)
        with pytest.raises(Forbidden, match=r"eve@example.com may not job\.run"):
            kernel.perform(Call("job.run", JOBS, {"job": "tick.needs"}, kernel.access.actor_of_user(eve.id) or actor))
        perform(kernel, "queue.pause", JOBS, queue="default")
        users.set_roles(eve.id, ("admin",), by=owner)
        shut = kernel.perform(
            Call("job.run", JOBS, {"job": "tick.count"}, kernel.access.actor_of_user(eve.id) or actor)
        )
        users.set_active(eve.id, False, by=owner)
        perform(kernel, "queue.resume", JOBS, queue="default")
        assert "who may not come in any more" in (over(kernel, shut).error or "")


@pytest.mark.req("S002-QUEUE-16")
def test_a_job_of_one_at_a_time_runs_one_at_a_time(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        ids = [pushed(kernel, "tick.one", n=n) for n in range(5)]
        for id in ids:
            over(kernel, id)
        seen = module_of(kernel).SEEN
        assert [word for word, _ in seen] == ["in", "out"] * 5
        assert [n for word, n in seen if word == "in"] == list(range(5))


@pytest.mark.req("S002-QUEUE-18")
def test_an_action_pushes_a_job_with_what_it_does(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        perform(kernel, "tick.begins", JOBS, n=5)
        assert until(lambda: perform(kernel, "job.read", JOBS, job="tick.count"))[0].result["sum"] == 10  # type: ignore[index]


def test_what_cannot_be_pushed_is_refused_where_it_is_asked_for(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        with pytest.raises(Invalid, match="n: Needs a whole number"):
            pushed(kernel, "tick.count", n="many")
        with pytest.raises(Exception, match=r"There is no job called 'tick\.cout'\. Did you mean 'tick\.count'\?"):
            pushed(kernel, "tick.cout")
        with pytest.raises(Refused, match="cannot run in the background"):
            kernel.perform(Call("job.begin", JOBS, {"action": "tick.note", "source": "nexus"}, owner_of(kernel)))


def test_what_was_begun_is_seen_by_whoever_began_it_and_who_sees_queues(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        id = pushed(kernel, "tick.count")
        over(kernel, id)
        assert perform(kernel, "job.follow", JOBS, id=id).state == "done"  # type: ignore[attr-defined]
        owner = owner_of(kernel)
        eve = kernel.access.users.create(
            "eve@example.com", password="a long passphrase 78", roles=("viewer",), by=owner
        )
        actor = kernel.access.actor_of_user(eve.id)
        assert actor is not None
        with pytest.raises(Exception, match="There is no such job"):
            kernel.perform(Call("job.follow", JOBS, {"id": id}, actor))
        with pytest.raises(Forbidden):
            kernel.perform(Call("job.list", JOBS, {}, actor))


@pytest.mark.parametrize("finishes", [True, False])
def test_told_to_stop_it_lets_jobs_finish_and_gives_back_the_rest(tmp_path: Path, finishes: bool) -> None:
    grace = 30.0 if finishes else 0.1
    with house(tmp_path, given={"jobs.grace_seconds": grace}) as kernel:
        module = module_of(kernel)
        id = pushed(kernel, "tick.finishes" if finishes else "tick.long")
        module.BEGUN.wait(30)
        if finishes:
            stop_while(kernel, module)
        else:
            kernel.crew.worker.stop(grace)  # type: ignore[union-attr]
        job = job_of(kernel, id)
        assert job.state in (("done",) if finishes else ("ready", "waiting"))
        kept = runs(kernel, id)[0]
        assert kept.outcome == ("done" if finishes else "stopped")


def stop_while(kernel: Kernel, module: object) -> None:
    """Stop the worker, and let what hangs go on once it is stopping."""
    import threading

    worker = kernel.crew.worker
    assert worker is not None
    stopping = threading.Thread(target=worker.stop, args=(30.0,))
    stopping.start()
    until(lambda: worker._stopping)
    module.HUNG.set()  # type: ignore[attr-defined]
    stopping.join(30)


def test_somebody_elses_push_is_no_job(tmp_path: Path) -> None:
    with house(tmp_path) as kernel:
        id = kernel.crew.queue.push("default", {"something": "else"}, note={"actor": Actor.system("x").id})
        dead = over(kernel, id)
        assert "It is no job of ours" in (dead.error or "")
