/* One WebSocket to the brokers. Calls that may be made twice outlive a line that breaks; the others are told that it is unclear. */
import { packed, unpacked } from "./frames.js"

const [FIRST_PAUSE, LONGEST_PAUSE] = [100, 5000]
const FINAL = [4401, 1008]

/* What went wrong, as the server says: `code` and `status` beside the sentence. */
export class NexusError extends Error {
  constructor({ code, detail, status }) {
    super(detail)
    Object.assign(this, { name: "NexusError", code, status })
  }
}

export class Line {
  #url
  #told
  #again
  #socket = null
  #ready = false
  #number = 0
  #calls = new Map()
  #pause = FIRST_PAUSE
  #over = null

  /* *told(number, what)* for what a subscription is told; *again()* when the line was made anew. */
  constructor(url, told, again) {
    this.#url = url
    this.#told = told
    this.#again = again
    this.#open(false)
  }

  call(method, given = [], named = {}, twice = false) {
    if (this.#over) return Promise.reject(this.#over)
    const head = { n: (this.#number += 1), do: method, given, named }
    return new Promise((resolve, reject) => {
      const call = { frame: packed(head), method, twice, sent: false, resolve, reject }
      this.#calls.set(head.n, call)
      this.#send(call)
    })
  }

  close() {
    this.#give(new NexusError({ code: "closed", detail: "This client is closed.", status: 400 }))
    this.#socket?.close()
  }

  #send(call) {
    if (!this.#ready) return
    call.sent = true
    this.#socket.send(call.frame)
  }

  #open(again) {
    const socket = (this.#socket = new WebSocket(this.#url, "nexus.1"))
    socket.binaryType = "arraybuffer"
    socket.addEventListener("message", ({ data }) => this.#hear(unpacked(data), again))
    socket.addEventListener("close", ({ code }) => this.#broken(code))
  }

  #hear(head, again) {
    if (head.of !== undefined) this.#told(head.of, head.told)
    else if (head.n === 0) this.#begin(head, again)
    else {
      const call = this.#calls.get(head.n)
      this.#calls.delete(head.n)
      if (head.error) call?.reject(new NexusError(head.error))
      else call?.resolve(head.ok)
    }
  }

  #begin(head, again) {
    if (head.error) return this.#give(new NexusError(head.error))
    this.#ready = true
    this.#pause = FIRST_PAUSE
    for (const call of this.#calls.values()) this.#send(call)
    if (again) this.#again()
  }

  #broken(code) {
    const began = this.#ready
    this.#ready = false
    if (this.#over) return
    if (FINAL.includes(code)) return this.#give(new NexusError({ code: "sign_in_needed", detail: "Sign in anew.", status: 401 }))
    for (const [number, call] of this.#calls) {
      if (call.sent && !call.twice) {
        this.#calls.delete(number)
        call.reject(new NexusError({ code: "unclear", detail: `The line broke; whether ${call.method} was done is not known.`, status: 503 }))
      }
      call.sent = false
    }
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    setTimeout(() => this.#over || this.#open(began || this.#number > 0), this.#pause * (0.5 + Math.random()))
  }

  #give(error) {
    this.#over ??= error
    for (const call of this.#calls.values()) call.reject(error)
    this.#calls.clear()
  }
}
