/* x-data="liveChart" on a part that follows numbers (data-live-as="numbers"): gathers them as they come, and draws at most once a frame.
 *
 * nx:news { detail: [{ points: [[at, { name: number }], …] }, …] }    nx:missed: some may be missing    nx:follows { detail: whether }
 * Nothing is drawn while the tab is hidden or the chart out of sight; for those who asked for less motion, once a second. */
import { Buffer } from "./buffer.js"
import { held, Picture } from "./picture.js"

const CALM = 1000 // milliseconds between two pictures where less motion is wished, and between two changes of the figures in words
const ROWS = 30
const LATE = 150 // milliseconds by which the picture is behind: numbers come in handfuls, and none should jump in

const calm = matchMedia("(prefers-reduced-motion: reduce)")

class Chart {
  constructor(root) {
    const part = (name) => root.querySelector(name)
    this.spec = JSON.parse(part("[data-spec]").textContent)
    Object.assign(this, { root, box: part(".nx-livechart__box"), state: part("[data-state]"), table: part("details"), body: part("tbody"), figures: [...root.querySelectorAll("[data-now]")] })
    Object.assign(this, { canvas: part("canvas"), buffer: new Buffer(this.spec.lines.length), frame: 0, timer: 0, seen: true, ahead: -Infinity, told: 0, connected: false, gone: new AbortController() })
    this.picture = new Picture(this.canvas, this.spec)
    const language = document.documentElement.lang || undefined
    this.number = new Intl.NumberFormat(language, { maximumFractionDigits: 4 })
    this.clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" })
    this.listen()
    this.word()
  }

  listen() {
    const { signal } = this.gone
    this.root.addEventListener("nx:news", ({ detail }) => this.hear(detail), { signal })
    this.root.addEventListener("nx:missed", () => this.buffer.tear(), { signal })
    this.root.addEventListener("nx:follows", ({ detail }) => { this.connected = detail; this.word() }, { signal })
    this.table.addEventListener("toggle", () => this.write(), { signal })
    document.addEventListener("visibilitychange", () => this.wake(), { signal })
    this.size = new ResizeObserver(([{ contentRect }]) => { this.picture.measure(contentRect.width, contentRect.height); this.paint() })
    this.size.observe(this.box)
    this.sight = new IntersectionObserver(([{ isIntersecting }]) => { this.seen = isIntersecting; this.wake() })
    this.sight.observe(this.box)
    this.looks = new MutationObserver(() => { this.picture.look(); this.paint() })
    this.looks.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] })
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.picture.look(); this.paint() }, { signal })
    calm.addEventListener("change", () => this.wake(), { signal })
    this.timer = setInterval(() => this.slowly(), CALM)
  }

  hear(news) {
    for (const { points } of news) {
      for (const [at, numbers] of points) this.buffer.add(at, this.spec.lines.map(({ number }) => held(numbers[number] ?? NaN)))
      const last = points.at(-1)?.[0]
      if (last) this.ahead = Math.max(this.ahead, last - Date.now()) // the server's clock may be another
    }
    if (!this.told) this.slowly()
    this.wake()
  }

  /* Go on drawing, frame by frame, as long as there is something on it that moves and somebody to see it. */
  wake() {
    if (this.frame || calm.matches || document.hidden || !this.seen || !this.buffer.size) return
    const step = () => {
      this.frame = 0
      this.paint()
      if (this.buffer.latest > this.now() - this.spec.seconds * 1000) this.wake()
    }
    this.frame = requestAnimationFrame(step)
  }

  now() { return Date.now() + (Number.isFinite(this.ahead) ? this.ahead : 0) - LATE }

  paint() { this.picture.draw(this.buffer, this.now()) }

  /* What is read and not watched: once a second. */
  slowly() {
    if (document.hidden || !this.buffer.size) return
    this.told += 1
    const [[, numbers]] = this.buffer.newest(1).length ? this.buffer.newest(1) : [[0, []]]
    numbers.forEach((one, at) => { this.figures[at].textContent = this.said(one) })
    this.canvas.setAttribute("aria-label", this.spec.lines.map(({ name }, at) => `${name} ${this.said(numbers[at])}`).join(", "))
    if (calm.matches) this.paint()
    this.word()
    this.write()
  }

  said(one) { return Number.isFinite(one) ? `${this.number.format(one)}${this.spec.unit ? ` ${this.spec.unit}` : ""}` : "–" }

  word() {
    const { liveWord, lostWord, waitWord } = this.state.dataset
    const text = this.connected ? (this.buffer.size ? liveWord : waitWord) : lostWord
    if (this.state.textContent !== text) this.state.textContent = text
    this.root.dataset.connected = this.connected
  }

  write() {
    if (!this.table.open) return
    this.body.replaceChildren(...this.buffer.newest(ROWS).map(([at, numbers]) => {
      const row = document.createElement("tr")
      row.insertCell().textContent = this.clock.format(at)
      for (const one of numbers) Object.assign(row.insertCell(), { className: "is-num", textContent: this.said(one) })
      return row
    }))
  }

  end() {
    cancelAnimationFrame(this.frame)
    clearInterval(this.timer)
    this.gone.abort()
    for (const one of [this.size, this.sight, this.looks]) one.disconnect()
  }
}

window.Nexus.data("liveChart", () => {
  let chart = null // not on the component: Alpine would watch every number
  return {
    init() { chart = new Chart(this.$root) },
    destroy() { chart.end() },
  }
})
