"""/brokers/topics: who subscribes, last values, a tap on what is published, and publishing by hand."""

from __future__ import annotations

from pydantic import SecretStr
from starlette.responses import Response

from nexus_admin.actions.brokers.parts import ACT, VIEW
from nexus_admin.domain.errors import BadRequest, Invalid
from nexus_admin.screens.brokers import words
from nexus_admin.screens.brokers.topic_tree import topic_tree
from nexus_admin.screens.formats import plural
from nexus_admin.web.pages.brokers.index import HOUSE, ROOT, frame
from nexus_admin.web.visit import Door, Visit

TOPICS = f"{ROOT}/topics"


def show(visit: Visit) -> Response:
    """GET /brokers/topics: `?text=` narrows the topics, `?tap=` the messages that come by, `?topic=` opens one."""
    return _page(visit)


def publish(visit: Visit) -> Response:
    """POST /brokers/topics: publish what was written, or take a last value away."""
    topic = visit.form["topic"]
    if visit.form.get("do") == "clear":
        visit.perform("topic.clear", HOUSE, {"topic": topic})
        return visit.go(TOPICS, f"The last value of {topic} was taken away.")
    data = {
        "topic": topic, "payload": SecretStr(visit.form.get("payload", "")), "retain": "retain" in visit.form,
        "ttl": visit.form.get("ttl", "").strip() or None,
    }  # fmt: skip
    try:
        told = visit.perform("topic.publish", HOUSE, data)
    except (Invalid, BadRequest) as error:
        said = " ".join(error.fields.values()) if isinstance(error, Invalid) else str(error)
        return _page(visit, error.status, said)
    return visit.go(
        words.address(TOPICS, topic=topic), f"Published to {topic}. It went to {plural(told, 'subscriber')}."
    )


def _page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    asked = {name: visit.query.get(name, "") for name in ("text", "tap", "topic")}
    seen = visit.perform("topic.tree", HOUSE, {"text": asked["text"]})
    wrong = ""
    try:
        messages = visit.perform("topic.tap", HOUSE, {"pattern": asked["tap"].strip() or "#"})
    except BadRequest as error:
        status, wrong, messages = error.status, str(error), []
    return visit.page(
        "brokers/topics.html", status, seen=seen, messages=messages, asked=asked, problem=problem, wrong=wrong,
        open=next((one for one in seen.topics if one.name == asked["topic"]), None), form=visit.form, path=TOPICS,
        tree=topic_tree(seen.topics, asked["topic"], unfold=bool(asked["text"])),
        **frame(visit, TOPICS),
    )  # fmt: skip


DOORS = (Door(TOPICS, show, VIEW), Door(TOPICS, publish, ACT, ("POST",)))
