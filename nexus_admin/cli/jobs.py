"""`nexus job`: which jobs there are, how they went, when they are due; one of them now. By the actions of the pages."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

import typer

from nexus_admin.cli.asking import perform, table
from nexus_admin.cli.opening import HERE, Project, State, opened

job = typer.Typer(no_args_is_help=True, help="Jobs, their runs and their schedules.")

Name = Annotated[str, typer.Argument(help="The job's name.")]
Scheduled = Annotated[str, typer.Argument(help="The schedule's name: the job's, or `job/schedule`.")]


@job.command("ls")
def list_jobs(state: State = None, project: Project = HERE) -> None:
    """List the jobs that are declared: where they wait and run, how the last run ended, when they are due."""
    found = perform(project, state, "job.list", {})
    heads = ("job", "queue", "runs in", "last", "next", "")
    rows = (
        (one.job.name, one.job.waits_in, one.job.place, _last(one.last), _moment(one.next_at), one.job.title)
        for one in found
    )
    table(heads, rows, "No extension declares a job.")


@job.command("run")
def run_job(
    name: Name,
    data: Annotated[str, typer.Option(help="Its input, as a JSON object.")] = "{}",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until a worker has done it, and say how it ended.")
    ] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Put a job into its queue now; a running worker does it."""
    id = perform(project, state, "job.run", {"job": name, "data": _object(data)})
    typer.echo(id)
    if wait:
        _await(project, state, id)


@job.command("runs")
def list_runs(
    name: Annotated[str, typer.Argument(help="Only of this job.")] = "",
    limit: int = 20,
    state: State = None,
    project: Project = HERE,
) -> None:
    """List how runs ended, the newest first."""
    found = perform(project, state, "job.read", {"job": name, "limit": limit})
    rows = (
        (_moment(one.started_at), f"{one.seconds:.1f} s", one.outcome, one.job, one.job_id, _said(one)) for one in found
    )
    table(("began", "took", "ended", "job", "id", "said"), rows, "There are no runs.")


@job.command("cancel")
def cancel(id: Annotated[str, typer.Argument(help="Its id.")], state: State = None, project: Project = HERE) -> None:
    """Take a job back that is not over; a worker that has it ends it."""
    done = perform(project, state, "queue.cancel", {"ids": [id]})
    typer.echo(f"{id} is cancelled." if done else f"{id} is over already, or was never there.")


@job.command("schedules")
def list_schedules(state: State = None, project: Project = HERE) -> None:
    """List when jobs are due by themselves, the next one first."""
    found = perform(project, state, "schedule.list", {})
    rows = (
        (one.name, one.cron, one.zone, "paused" if one.held else _moment(one.next_at), _moment(one.last_at))
        for one in found
    )
    table(("schedule", "cron", "zone", "next", "last"), rows, "No job is due by itself.")


@job.command("pause")
def pause(name: Scheduled, state: State = None, project: Project = HERE) -> None:
    """Have a schedule push nothing more."""
    perform(project, state, "schedule.pause", {"name": name})
    typer.echo(f"{name} is paused.")


@job.command("resume")
def resume(name: Scheduled, state: State = None, project: Project = HERE) -> None:
    """Have it go on with its next time."""
    perform(project, state, "schedule.resume", {"name": name})
    typer.echo(f"{name} goes on.")


def _await(project: Any, state: str | None, id: str) -> None:
    """Wait for the end of a job and say it; the exit code says whether it was done."""
    with opened(project, state) as kernel:
        while True:
            found = kernel.crew.queue.find(id)
            if found is None or found.state in ("done", "dead", "cancelled"):
                break
            time.sleep(0.2)
    runs = perform(project, state, "job.read", {"id": id})
    typer.echo(f"{runs[0].outcome}: {_said(runs[0]) or 'it returned nothing'}")
    if runs[0].outcome != "done":
        raise typer.Exit(1)


def _object(text: str) -> dict[str, Any]:
    from nexus_admin.domain.errors import BadRequest

    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"--data is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise BadRequest('--data is a JSON object, such as {"day": "2026-03-02"}.')
    return found


def _said(run: Any) -> str:
    return run.error or ("" if run.result is None else json.dumps(run.result, ensure_ascii=False))


def _last(run: Any) -> str:
    return f"{run.outcome} {_moment(run.finished_at)}" if run else ""


def _moment(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
