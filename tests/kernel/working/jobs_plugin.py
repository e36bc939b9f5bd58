"""A plugin with jobs of every kind, written into a project."""

CODE = """
import asyncio, os, threading, time
from pydantic import BaseModel
from nexus_admin.sdk import (
    Action, GiveUp, Nothing, Refused, RetryLater, Schedule, Target, hookimpl, job,
)

HUNG = threading.Event()
BEGUN = threading.Event()
SEEN = []


class N(BaseModel):
    n: int = 3


@job("tick.count", input=N, title="Count", cron="0 3 * * *")
def count(job, data):
    for at in range(data.n):
        job.progress(at + 1, data.n, "counting")
        job.log(f"at {at}")
    return {"sum": sum(range(data.n)), "who": job.actor.name}


@job("tick.fails", max_attempts=2)
def fails(job, data):
    raise ValueError("the password is 42")


@job("tick.gives_up")
def gives_up(job, data):
    raise GiveUp("There is no such customer any more.")


@job("tick.later")
def later(job, data):
    if job.attempt == 1:
        raise RetryLater("The mail server is away.", seconds=0.05)
    return job.attempt


@job("tick.coroutine", place="async")
async def coroutine(job, data):
    await asyncio.sleep(0)
    return (await asyncio.to_thread(job.perform, "tick.note", Target("nexus", "jobs"), {"n": 1}))


@job("tick.sleeps", place="async")
async def sleeps(job, data):
    await asyncio.sleep(3600)


@job("tick.computes", place="process", input=N)
def computes(job, data):
    job.progress(1, 2)
    job.log("computing")
    print("this goes nowhere")
    behind = os.nice(0) >= 10
    return {"n": data.n, "noted": job.perform("tick.note", Target("nexus", "jobs"), {"n": 2}), "behind": behind}


@job("tick.dies", place="process", max_attempts=1)
def dies(job, data):
    import os
    os._exit(3)


@job("tick.spins", place="process", timeout=60)
def spins(job, data):
    job.progress(0, 1, "spinning")
    while True:
        pass


@job("tick.hangs", timeout=0.2, max_attempts=1, queue="hanging")
def hangs(job, data):
    BEGUN.set()
    HUNG.wait(60)
    job.perform("tick.note", Target("nexus", "jobs"), {"n": 99})


@job("tick.long", queue="long")
def long(job, data):
    BEGUN.set()
    while True:
        job.check()
        time.sleep(0.01)


@job("tick.finishes", queue="long")
def finishes(job, data):
    BEGUN.set()
    HUNG.wait(60)
    return "in time"


@job("tick.needs", needs="tick.special")
def needs(job, data):
    return "allowed"


@job("tick.one", concurrency=1, input=N)
def one(job, data):
    SEEN.append(("in", data.n))
    time.sleep(0.02)
    SEEN.append(("out", data.n))


@job("tick.acts", input=N)
def acts(job, data):
    return job.perform("tick.note", Target("nexus", "jobs"), {"n": data.n})


def note(unit, data):
    SEEN.append(data.n)
    return data.n


def begins(unit, data):
    unit.enqueue("tick.count", {"n": data.n})
    if data.n == 13:
        raise Refused("Not thirteen.")


@hookimpl
def nexus_jobs():
    return [
        count, fails, gives_up, later, coroutine, sleeps, computes, dies, spins, hangs, long, finishes, needs, one,
        acts,
    ]


@hookimpl
def nexus_actions():
    house = {"on": "house", "transaction": False}
    return [
        Action("tick.note", N, note, "Note", **house),
        Action("tick.begins", N, begins, "Begin", **house),
        Action("tick.special", Nothing, lambda unit, data: None, "Special", writes=False, **house),
    ]
"""
