"""The brokers from a page: the module at /client.js, with the session of whoever has signed in."""

from __future__ import annotations

from playwright.sync_api import Page

STORY = """async () => {
  const { connect, Content } = await import("/client.js")
  const nexus = connect()
  const said = []
  try {
    await nexus.store.set("page:k", { "$": "not a noun", n: [1, null] })
    said.push((await nexus.store.get("page:k")).n, await nexus.store.get("page:none", "nothing"))
    said.push(await nexus.store.incr("page:n", 2), await nexus.store.cas("page:n", 2, 5))
    said.push(await nexus.store.delete("page:n"))
    const heard = new Promise((hear) => nexus.pubsub.subscribe("page/#", (one) => hear([one.topic, one.value]))
      .then(() => nexus.pubsub.publish("page/news", "é🦊")))
    said.push(await heard)
    await nexus.queue.push("page", new Uint8Array([0, 255]), { priority: 3 })
    const [job] = await nexus.queue.pop("page", { wait: 5 })
    said.push([...job.value], job.priority, await nexus.queue.ack(job), await nexus.queue.pop("page"))
    await nexus.stream.append("page", [{ type: "page.seen", payload: { n: 1 } }, { type: "page.left", key: "k" }])
    const stop = new AbortController()
    const seen = []
    await nexus.stream.subscribe("page", "readers", (event) => {
      seen.push(event.type)
      if (seen.length === 2) stop.abort()
    }, stop)
    said.push(seen)
    const users = nexus.stream("page.users")
    const joined = await users.publish({ name: "ana" }, { type: "user.joined", key: "ana" })
    const [letters, working] = [nexus.queue("page.letters"), new AbortController()]
    await letters.push({ to: "ana" })
    const read = []
    await letters.subscribe((job) => { read.push(job.value.to); working.abort() }, working)
    const beat = new Promise((hear) => nexus.pubsub("edge/+/hb").subscribe((one) => hear(one.value.load))
      .then(() => nexus.pubsub("edge/42/hb").publish({ load: 0.4 })))
    said.push([joined.type, joined.version, joined.value.name], read, await beat)
    await nexus.queue.push("page", new Content(new Uint8Array([1]), "image/png"))
    said.push(await nexus.queue.pop("nobody's"). catch((error) => [error.code, error.status]))
  } finally {
    nexus.close()
  }
  return said
}"""


def test_a_page_speaks_to_all_four(page: Page) -> None:
    page.goto("/")
    assert page.evaluate(STORY) == [
        [1, None], "nothing", 2, True, 1, ["page/news", "é🦊"], [0, 255], 3, 1, [], ["page.seen", "page.left"],
        ["user.joined", 1, "ana"], ["ana"], 0.4, ["bad_request", 400],
    ]  # fmt: skip
