/* Frames of the brokers, as `nexus_admin/brokers/frames.py` spells them: the length of the head, the head in JSON, the parts. */

const [text, bytes] = [new TextEncoder(), new TextDecoder()]
const JSON_TYPE = "application/json"

/* Bytes and what they are; `value` is what was put in. */
export class Content {
  constructor(data, type = "application/octet-stream") {
    this.data = data
    this.type = type
  }

  get value() {
    if (this.type === JSON_TYPE) return JSON.parse(bytes.decode(this.data))
    return this.type === "application/octet-stream" ? this.data : this
  }
}

/* A payload: bytes as they are, a Content as it says, all else as JSON. */
export function content(value) {
  if (value instanceof Content) return value
  if (value instanceof Uint8Array) return new Content(value)
  const spelled = JSON.stringify(value)
  if (spelled === undefined) throw new TypeError("This is neither bytes nor JSON.")
  return new Content(text.encode(spelled), JSON_TYPE)
}

function said(value, parts) {
  if (value === undefined) return null
  if (value === null || typeof value !== "object") return value
  if (value instanceof Content) return { $: "content", type: value.type, at: parts.push(value.data) - 1 }
  if (value instanceof Uint8Array) return { $: "bytes", at: parts.push(value) - 1 }
  if (value instanceof Date) return { $: "moment", is: value.toISOString() }
  if (Array.isArray(value)) return value.map((one) => said(one, parts))
  const pairs = Object.entries(value).filter(([, one]) => one !== undefined)
  const noun = value.$ === undefined || NOUNS.has(value.$)
  if (!noun) return { $: "object", is: pairs.map(([name, one]) => [name, said(one, parts)]) }
  return Object.fromEntries(pairs.map(([name, one]) => [name, said(one, parts)]))
}

/* What the brokers give and take back; their fields are as in Python. */
export const NOUNS = new Set(["Batch", "Entry", "Fresh", "Gap", "GroupFigures", "Job", "LaneFigures", "Message", "Need", "Parked", "Position",
  "PubSubFigures", "QueueFigures", "Shift", "StoreFigures", "StreamEvent", "StreamFigures", "Trimming"])

function meant(value, parts) {
  if (value === null || typeof value !== "object") return value
  if (Array.isArray(value)) return value.map((one) => meant(one, parts))
  if (value.$ === "bytes") return parts[value.at]
  if (value.$ === "content") return new Content(parts[value.at], value.type)
  if (value.$ === "moment") return new Date(value.is)
  if (value.$ === "span" || value.$ === "float") return Number(value.is)
  const pairs = value.$ === "object" ? value.is : Object.entries(value)
  const made = Object.fromEntries(pairs.map(([name, one]) => [name, meant(one, parts)]))
  if (NOUNS.has(value.$) && made.content instanceof Content) Object.defineProperty(made, "value", { get: () => made.content.value })
  return made
}

export function packed(head) {
  const parts = []
  const told = said(head, parts)
  if (parts.length) told.parts = parts.map((one) => one.length)
  const start = text.encode(JSON.stringify(told))
  const frame = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 4 + start.length))
  new DataView(frame.buffer).setUint32(0, start.length)
  frame.set(start, 4)
  parts.reduce((at, one) => (frame.set(one, at), at + one.length), 4 + start.length)
  return frame
}

export function unpacked(buffer) {
  let at = 4 + new DataView(buffer).getUint32(0)
  const head = JSON.parse(bytes.decode(new Uint8Array(buffer, 4, at - 4)))
  const parts = (head.parts ?? []).map((length) => new Uint8Array(buffer, (at += length) - length, length))
  delete head.parts
  return meant(head, parts)
}
