"""`nexus queue | stream | topic | store`: what the pages of brokers do, by the same actions, with the same audit.

Queues and streams are kept in the state, so a command sees those of the running server. Topics and the store may be in
the memory of that server: a command beside it would find its own, which are empty, so it says where to look instead.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nexus_admin.cli.asking import ask, perform, table
from nexus_admin.cli.opening import HERE, Project, State, opened

if TYPE_CHECKING:
    from nexus_admin.actions.brokers.contents import Shown
    from nexus_admin.actions.brokers.streams import EventSeen
    from nexus_admin.kernel.kernel import Kernel

queue = typer.Typer(no_args_is_help=True, help="Queues and their jobs.")
stream = typer.Typer(no_args_is_help=True, help="Streams and their groups.")
topic = typer.Typer(no_args_is_help=True, help="Topics of publish-subscribe.")
store = typer.Typer(no_args_is_help=True, help="Keys of the shared store.")

Name = Annotated[str, typer.Argument(help="Its name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


# ── queues ───────────────────────────────────────────────────────────────────────────────────


@queue.command("ls")
def list_queues(state: State = None, project: Project = HERE) -> None:
    """List queues: jobs by state, the age of the oldest ready one, whether it is paused."""
    found = perform(project, state, "queue.list", {})
    heads = ("queue", "ready", "waiting", "running", "done", "dead", "oldest", "")
    table(heads, (_queue_row(one) for one in found), "There are no queues.")


@queue.command("dead")
def list_dead(name: Name, limit: int = 50, state: State = None, project: Project = HERE) -> None:
    """List the dead jobs of a queue, the newest first."""
    found = perform(project, state, "queue.jobs", {"queue": name, "states": "dead", "limit": limit})
    rows = ((one.job.id, f"{one.job.attempts}", _line(one.error), _line(one.shown.text)) for one in found.jobs)
    table(("job", "tries", "error", "about"), rows, f"No job of {name} is dead.")


@queue.command("pause")
def pause(name: Name, state: State = None, project: Project = HERE) -> None:
    """Hand out no more jobs of a queue; those that run go on."""
    perform(project, state, "queue.pause", {"queue": name})
    typer.echo(f"{name} is paused.")


@queue.command("resume")
def resume(name: Name, state: State = None, project: Project = HERE) -> None:
    """Hand them out again."""
    perform(project, state, "queue.resume", {"queue": name})
    typer.echo(f"{name} goes on.")


@queue.command("retry")
def retry(
    name: Name,
    jobs: Annotated[list[str] | None, typer.Option("--job", help="Only this job; may come more than once.")] = None,
    text: Annotated[str, typer.Option(help="Only dead jobs that hold this in payload, key or error.")] = "",
    state: State = None,
    project: Project = HERE,
) -> None:
    """Make dead jobs of a queue ready again, with all their tries anew."""
    given: dict[str, Any] = {"ids": jobs} if jobs else {"queue": name, "states": "dead", "text": text}
    done = perform(project, state, "queue.retry", given)
    typer.echo(f"Tried again: {_jobs(done)}.")


@queue.command("purge")
def purge(
    name: Name,
    states: Annotated[str, typer.Option(help="By comma: ready, waiting, done, dead, cancelled.")] = "ready,waiting",
    yes: Yes = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Forget jobs of a queue. This cannot be taken back."""
    if not yes:
        typer.confirm(f"Forget every job of {name} that is {states.replace(',', ' or ')}?", abort=True)
    gone = perform(project, state, "queue.purge", {"queue": name, "states": states})
    typer.echo(f"Forgot {_jobs(gone)} of {name}.")


# ── streams ──────────────────────────────────────────────────────────────────────────────────


@stream.command("ls")
def list_streams(state: State = None, project: Project = HERE) -> None:
    """List streams: how many events, their size, their groups."""
    found = perform(project, state, "stream.list", {})
    rows = (
        (one.figures.stream, f"{one.figures.events:,}",
         "-" if one.figures.bytes is None else f"{one.figures.bytes:,}", str(one.figures.head),
         ", ".join(one.figures.groups))
        for one in found
    )  # fmt: skip
    table(("stream", "events", "bytes", "head", "groups"), rows, "There are no streams.")


@stream.command("lag")
def lag(name: Name, state: State = None, project: Project = HERE) -> None:
    """Show how far behind each group of a stream is, by lane."""
    found = next((one for one in perform(project, state, "stream.list", {}) if one.figures.stream == name), None)
    groups = found.groups if found else ()
    rows = (
        (
            group.group,
            f"{lane.lane}",
            f"{lane.behind:,}",
            _seconds(lane.oldest),
            str(lane.position),
            f"{group.parked:,}",
        )
        for group in groups
        for lane in group.lanes
    )
    table(("group", "lane", "behind", "oldest", "done up to", "parked"), rows, f"No group reads {name}.")


@stream.command("tail")
def tail(
    name: Name,
    limit: Annotated[int, typer.Option(help="How many of the newest.")] = 20,
    types: Annotated[str, typer.Option(help="Only these types, by comma: `order.*`.")] = "",
    key: Annotated[str, typer.Option(help="Only of this key.")] = "",
    state: State = None,
    project: Project = HERE,
) -> None:
    """Print the newest events of a stream as JSON lines, the oldest of them first; secrets are taken out."""
    asked = {"stream": name, "limit": limit, "types": types, "key": key}
    for one in reversed(perform(project, state, "stream.read", asked).events):
        typer.echo(_event_line(one))


@stream.command("seek")
def seek(
    name: Name,
    group: Annotated[str, typer.Argument(help="Which group.")],
    to: Annotated[str, typer.Argument(help="begin, end, a position, a moment, or +100 or -100 events.")],
    yes: Yes = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Move a group, after showing how many events come again or are passed over. `-- -100` for a number below 0."""
    asked = {"stream": name, "group": group, **_place(to)}
    moved = perform(project, state, "stream.preview", asked)
    again = f"{moved.again:,} events come again" if moved.again else f"{moved.passed:,} events are passed over"
    typer.echo(f"{again}; behind now: {moved.before:,}, then: {moved.after:,}{'+' if moved.capped else ''}.")
    if not yes:
        typer.confirm(f"Move {group} of {name}?", abort=True)
    after = perform(project, state, "stream.seek", {**asked, "expected": moved.after}).after
    typer.echo(f"{group} was moved; it has {after:,} events before it.")


@stream.command("parked")
def list_parked(
    name: Name,
    group: Annotated[str, typer.Argument(help="Which group.")],
    limit: int = 50,
    state: State = None,
    project: Project = HERE,
) -> None:
    """List the events that a group could not work on and set aside."""
    found = perform(project, state, "stream.parked", {"stream": name, "group": group, "limit": limit})
    rows = (
        (f"{one.parked.event.position.seq}", one.parked.event.type, f"{one.parked.attempts}",
         "asked for" if one.parked.again else "", _line(one.error))
        for one in found
    )  # fmt: skip
    table(("event", "type", "tries", "again", "error"), rows, f"{group} of {name} set nothing aside.")


@stream.command("retry")
def retry_parked(
    name: Name,
    group: Annotated[str, typer.Argument(help="Which group.")],
    events: Annotated[list[int] | None, typer.Option("--event", help="Only this one; may come more than once.")] = None,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Have a group try events again that it set aside, all or some; its place in the stream stays."""
    asked = perform(project, state, "stream.retry", {"stream": name, "group": group, "seqs": events or []})
    typer.echo(f"Tried again: {asked:,} {'event' if asked == 1 else 'events'}.")


@stream.command("discard")
def discard_parked(
    name: Name,
    group: Annotated[str, typer.Argument(help="Which group.")],
    events: Annotated[list[int], typer.Option("--event", help="Which; may come more than once.")],
    yes: Yes = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Give up events that a group set aside. This cannot be taken back."""
    if not yes:
        typer.confirm(f"Discard {len(events):,} parked events of {group}?", abort=True)
    gone = perform(project, state, "stream.unpark", {"stream": name, "group": group, "seqs": events})
    typer.echo(f"Discarded: {gone:,} {'event' if gone == 1 else 'events'}.")


@stream.command("trim")
def trim(
    name: Name,
    days: Annotated[float | None, typer.Option(help="Events younger than so many days stay.")] = None,
    keep: Annotated[int | None, typer.Option(help="So many of the newest stay.")] = None,
    size: Annotated[str | None, typer.Option("--bytes", help="The newest of so many bytes stay: `500MB`.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Forget also what groups still need.")] = False,
    yes: Yes = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Forget the oldest events of a stream, after showing how many go and which groups need some of them."""
    asked = {"stream": name, "days": days, "keep": keep, "bytes": size, "force": force}
    plan = perform(project, state, "stream.trim_preview", asked)
    typer.echo(f"{_events(plan.events)} of {plan.bytes:,} bytes go.")
    for need in plan.needs:
        typer.echo(
            f"{need.group} {'loses' if force else 'keeps'} {_events(need.events)} that it has not done with, "
            f"{need.parked:,} parked."
        )
    if not yes:
        typer.confirm(f"Trim {name}?", abort=True)
    gone = perform(project, state, "stream.trim", {**asked, "before": str(plan.before)}) if plan.events else 0
    typer.echo(f"Forgot {_events(gone)} of {name}.")


@stream.command("archive")
def archive(
    name: Name,
    events: Annotated[bool, typer.Option("--events", help="Print the events instead, as JSON lines.")] = False,
    after: Annotated[str, typer.Option(help="Only events after this position.")] = "",
    limit: Annotated[int, typer.Option(help="How many events at most.")] = 500,
    state: State = None,
    project: Project = HERE,
) -> None:
    """List the files that events of a stream were archived in, or print the events; secrets are taken out."""
    found = perform(project, state, "stream.archived", {"stream": name, "after": after, "limit": limit})
    if events:
        for one in found.events:
            typer.echo(_event_line(one))
        return
    rows = ((str(one.first), str(one.last), f"{one.bytes:,}", one.name) for one in found.files)
    table(("first", "last", "bytes", "file"), rows, f"Nothing of {name} is archived.")


# ── topics and the store ─────────────────────────────────────────────────────────────────────


@topic.command("ls")
def list_topics(state: State = None, project: Project = HERE) -> None:
    """List topics that have a last value; who subscribes, each process knows for itself."""
    with opened(project, state) as kernel:
        _must_be_shared(kernel, "topics", "Topics are")
        found = ask(kernel, "topic.tree", {})
    rows = ((one.name, f"{one.retained.size:,}") for one in found.topics if one.retained is not None)
    table(("topic", "bytes of its last value"), rows, "No topic has a last value.")


@topic.command("pub")
def publish(
    name: Name,
    payload: Annotated[str, typer.Argument(help="JSON where it is some, else text.")],
    retain: Annotated[bool, typer.Option("--retain", help="Keep it as the last value.")] = False,
    state: State = None,
    project: Project = HERE,
) -> None:
    """Publish by hand."""
    from pydantic import SecretStr

    with opened(project, state) as kernel:
        _must_be_shared(kernel, "topics", "Topics are")
        ask(kernel, "topic.publish", {"topic": name, "payload": SecretStr(payload), "retain": retain})
    typer.echo("It was published.")


@store.command("ls")
def list_keys(
    prefix: Annotated[str, typer.Argument(help="Keys that begin so.")] = "",
    limit: int = 100,
    state: State = None,
    project: Project = HERE,
) -> None:
    """List keys with their size and what is left of their life."""
    with opened(project, state) as kernel:
        _must_be_shared(kernel, "store", "The store is")
        found = ask(kernel, "store.scan", {"prefix": prefix, "limit": limit})
    rows = ((one.key, f"{one.size:,}", _seconds(one.expires_in)) for one in found.keys)
    table(("key", "bytes", "ends in"), rows, "No key begins so.")


@store.command("get")
def get(key: Name, state: State = None, project: Project = HERE) -> None:
    """Print what a key holds; secrets are taken out."""
    with opened(project, state) as kernel:
        _must_be_shared(kernel, "store", "The store is")
        typer.echo(ask(kernel, "store.get", {"key": key}).shown.text)


@store.command("del")
def delete(keys: list[str], state: State = None, project: Project = HERE) -> None:
    """Take keys away."""
    with opened(project, state) as kernel:
        _must_be_shared(kernel, "store", "The store is")
        gone = ask(kernel, "store.delete", {"keys": keys})
    typer.echo("1 key deleted." if gone == 1 else f"{gone:,} keys deleted.")


# ── what they share ──────────────────────────────────────────────────────────────────────────


def _must_be_shared(kernel: Kernel, name: str, title: str) -> None:
    """Refuse where the broker is in the memory of another process. One that is kept in the state is read there.

    Raises:
        Refused: it is; a command would look at one of its own.
    """
    from nexus_admin.actions.brokers.parts import brokers_of
    from nexus_admin.domain.errors import Refused

    broker = brokers_of(kernel.services).get(name)
    if broker is None or not {"shared", "durable"} & broker.capabilities:
        raise Refused(
            f"{title} in the memory of the server and of no use to a command, which has its own. "
            f"Open /brokers/{name} in the browser."
        )


def _place(text: str) -> dict[str, str]:
    if text in ("begin", "end"):
        return {"to": text}
    if text[:1] in "+-":
        return {"to": "shift", "value": text}
    return {"to": "position" if text.replace(".", "").isdecimal() else "time", "value": text}


def _queue_row(one: Any) -> tuple[str, ...]:
    counts = (f"{one.of(state):,}" for state in ("ready", "waiting", "running", "done", "dead"))
    return one.figures.queue, *counts, _seconds(one.figures.oldest), "paused" if one.figures.held else ""


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} s"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"


def _event_line(one: EventSeen) -> str:
    event = one.event
    facts = {"position": str(event.position), "at": event.at.isoformat(), "type": event.type, "key": event.key}
    return json.dumps({**facts, "payload": _value(one.shown), "note": dict(one.note)}, ensure_ascii=False)


def _line(text: str) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= 80 else f"{joined[:79]}…"


def _value(shown: Shown) -> Any:
    return json.loads(shown.text) if shown.kind == "json" and not shown.cut else shown.text
