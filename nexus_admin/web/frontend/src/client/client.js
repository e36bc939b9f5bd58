/* The four brokers for pages: the module that is served as /client.js.
 *
 *   import { connect } from "/client.js"
 *   const nexus = connect()
 *   await nexus.queue.push("mail", { to: "ana@example.com" })
 *   nexus.pubsub.subscribe(["orders/#"], (message) => console.log(message.topic, message.value))
 *   await nexus.stream("users").publish({ name: "ana" }, { type: "user.joined" })
 *
 * It asks with the session of whoever has signed in; their roles must give `client.connect` and what is asked. Methods, arguments and
 * what comes back are those of nexus_admin.client in Python; named arguments are one object, the last. */
import { content, Content, packed, unpacked } from "./frames.js"
import { Line, NexusError } from "./line.js"

export { Content, NexusError, packed, unpacked }

const WAIT = 20
const TWICE = new Set(["store.get", "store.touch", "store.scan", "store.figures", "topic.patterns", "topic.figures", "queue.pop", "queue.ack",
  "queue.nack", "queue.extend", "queue.find", "queue.jobs", "queue.pause", "queue.resume", "queue.figures", "stream.read", "stream.wait",
  "stream.group", "stream.fetch", "stream.commit", "stream.release", "stream.extend", "stream.parked", "stream.figures", "stream.groups"])
const PLAIN = {
  store: ["delete", "incr", "touch", "scan", "figures"],
  queue: ["pop", "ack", "nack", "extend", "find", "jobs", "cancel", "discard", "purge", "pause", "resume", "figures"],
  stream: ["read", "wait", "group", "fetch", "commit", "release", "extend", "park", "parked", "retry", "unpark", "seek", "forget_group", "figures",
    "groups", "trim", "trim_plan"],
}
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/* A ULID: what has one may be appended twice and counts once. */
function newId() {
  let [time, left] = [Date.now(), ""]
  for (let at = 0; at < 10; at += 1, time = Math.floor(time / 32)) left = ALPHABET[time % 32] + left
  return left + [...crypto.getRandomValues(new Uint8Array(16))].map((one) => ALPHABET[one % 32]).join("")
}

const isNamed = (one) => one !== null && typeof one === "object" && Object.getPrototypeOf(one) === Object.prototype && one.$ === undefined

/* An object with the methods of *broker* that take and give things as they are. */
function plain(line, broker) {
  const ask = (name) => (...given) => {
    const named = isNamed(given.at(-1)) ? given.pop() : {}
    return line.call(`${broker}.${name}`, given, named, TWICE.has(`${broker}.${name}`))
  }
  return Object.fromEntries(PLAIN[broker].map((name) => [name, ask(name)]))
}

function store(line) {
  const nothing = new Content(new Uint8Array(), `x-nothing/${newId().toLowerCase()}`)
  return {
    ...plain(line, "store"),
    async get(key, missing = null) {
      const found = await line.call("store.get", [key, nothing], {}, true)
      return found instanceof Content && found.type === nothing.type ? missing : found
    },
    set: (key, value, named = {}) => line.call("store.set", [key, content(value)], named, !named.nx),
    cas: (key, old, fresh) => line.call("store.cas", [key, content(old), content(fresh)]),
  }
}

/* What is heard; told of by number, and subscribed to anew with the line. */
class Heard {
  #all = new Map()
  #early = new Map()

  tell(number, what) {
    const one = this.#all.get(number)
    if (one) one.hear(what)
    else this.#early.set(number, [...(this.#early.get(number) ?? []), what])
  }

  async begin(line, one) {
    one.number = await line.call("topic.subscribe", one.patterns, one.named, true)
    this.#all.set(one.number, one)
    for (const what of this.#early.get(one.number) ?? []) one.hear(what)
    this.#early.delete(one.number)
  }

  again(line) {
    const all = [...this.#all.values()]
    this.#all.clear()
    this.#early.clear()
    for (const one of all) {
      one.hear({ $: "Gap", lost: 0 }) // how much was missed is not known
      this.begin(line, one).catch(() => {})
    }
  }

  forget(line, one) {
    if (this.#all.delete(one.number)) line.call("topic.unsubscribe", [one.number], {}, true).catch(() => {})
  }
}

function pubsub(line, heard) {
  return {
    publish: (topic, payload, named = {}) => line.call("topic.publish", [topic, content(payload)], named),
    patterns: () => line.call("topic.patterns", [], {}, true),
    figures: () => line.call("topic.figures", [], {}, true),
    /* Calls *hear* with each Message and Gap; resolves to a function that ends it. */
    async subscribe(patterns, hear, named = {}) {
      const one = { patterns: [patterns].flat(), hear, named }
      await heard.begin(line, one)
      return () => heard.forget(line, one)
    },
  }
}

function queue(line) {
  const all = plain(line, "queue")
  return {
    ...all,
    push: (name, payload, named = {}) => line.call("queue.push", [name, content(payload)], named, named.key != null),
    push_many: (name, payloads, named = {}) => line.call("queue.push_many", [name, payloads.map(content)], named),
    retry: (...ids) => line.call("queue.retry", ids.filter((one) => !isNamed(one)), retried(ids.at(-1))),
    /* Do the work of *name* until *signal* aborts; what *handle* throws of is tried again later. */
    async subscribe(name, handle, { signal, lease = 30 } = {}) {
      while (!signal?.aborted) {
        for (const job of await all.pop(name, { lease, wait: WAIT })) {
          try {
            await handle(job)
          } catch (error) {
            await all.nack(job, String(error))
            continue
          }
          await all.ack(job)
        }
      }
    },
  }
}

const retried = (last) => (isNamed(last) && last.payload !== undefined ? { payload: content(last.payload) } : {})

function stream(line) {
  const all = plain(line, "stream")
  const fresh = (one) => ({ $: "Fresh", note: {}, key: null, ...one, payload: content(one.payload ?? null), id: one.id ?? newId() })
  return {
    ...all,
    append: (name, events, named = {}) => line.call("stream.append", [name, ...[events].flat().map(fresh)], named, named.expect == null),
    /* Append one event; without a *type* it is called as the stream. */
    async publish(name, payload, { type = name, key = null, ...named } = {}) {
      return (await this.append(name, { type, key, payload }, named))[0]
    },
    /* Hand each event of *name* to *handle*, from where *group* is, until *signal* aborts; one that it throws of comes again. */
    async subscribe(name, group, handle, { signal } = {}) {
      await all.group(name, group)
      while (!signal?.aborted) {
        const batch = await all.fetch(name, group, { n: 100, wait: WAIT })
        let done = null
        for (const event of batch?.events ?? []) {
          try {
            await handle(event)
          } catch (error) {
            if (done) await all.commit(batch, { upto: done })
            await all.release(batch, String(error), { retry_in: 1 })
            done = "given back"
            break
          }
          done = event.position
        }
        if (batch && done !== "given back") await all.commit(batch)
      }
    },
  }
}

/* A broker that is also a function: `nexus.queue("mail")` has the methods in *own*, with that name as their first argument. */
const named = (broker, own) =>
  Object.assign((name) => Object.fromEntries(own.map((one) => [one, (...given) => broker[one](name, ...given)])), broker)

/* Connect to the Nexus that serves this page, or to the one at *url*, which must be of the same site. */
export function connect(url = new URL("./", import.meta.url.replace(/\/static\/.*$/, "/")).href) {
  const address = new URL("api/v1/brokers", url)
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
  const heard = new Heard()
  const line = new Line(address, (number, what) => heard.tell(number, what), () => heard.again(line))
  return {
    store: store(line),
    pubsub: named(pubsub(line, heard), ["publish", "subscribe"]),
    queue: named(queue(line), ["push", "subscribe"]),
    stream: named(stream(line), ["publish", "subscribe"]),
    close: () => line.close(),
  }
}
