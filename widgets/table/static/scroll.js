/* x-data="scrolledTable" on [data-scroll="w3"]: all rows of a table behind one scroll bar, of which the page holds those in sight and a few more.
 *
 * Rows come by pages of data-size as the widget itself is drawn, with at.w3 (and after.w3, a cursor, beside a page that is there) added to
 * data-alone. data-count answers { value, how }: exact, capped or estimate. data-next and data-previous are the cursors of the first page.
 * Inside: [data-box] scrolls, [data-runway] is as tall as all rows, its table as tall as those in the page; [data-range], [data-total]
 * (a click counts exactly), [data-trouble], [data-again]; [data-plain] is for pages without scripts. */
import { Pages } from "./pages.js"

const APART = 120 // milliseconds between requests: who draws the bar from end to end does not ask for all that passes by
const AT_ONCE = 2
const TALLEST = 16_000_000 // pixels; browsers draw nothing that is much taller
const WIDEST = 360 // pixels of a column, unless there is room left

const places = new Map() // where a table stood that is drawn anew, by its address

class Scroll {
  constructor(root) {
    const { alone, scroll, size, at, rowHeight, overscan } = root.dataset
    const part = (name) => root.querySelector(`[data-${name}]`)
    Object.assign(this, { root, box: part("box"), runway: part("runway"), range: part("range"), total: part("total"), trouble: part("trouble"), again: part("again") })
    this.table = this.box.querySelector("table")
    this.body = this.table.tBodies[0]
    this.columns = this.table.tHead.rows[0].cells.length
    this.pages = new Pages(alone, scroll, Number(size))
    this.overscan = Number(overscan)
    this.shown = new Map() // rows in the page, by their place
    Object.assign(this, { active: { row: Number(at), column: 0 }, rows: 0, how: "capped", frame: null, timer: null, last: 0, gone: new AbortController() })
    this.dress(Number(rowHeight))
    this.begin(Number(at))
  }

  /* From the table that the server drew to one with fixed columns, of which any rows may come and go. */
  dress(height) {
    const heads = [...this.table.tHead.rows[0].cells]
    this.table.style.inlineSize = "max-content"
    const widths = heads.map((head) => Math.min(Math.ceil(head.offsetWidth) + 8, WIDEST))
    this.table.style.inlineSize = ""
    this.root.style.setProperty("--nx-scroll-row", `${height}px`)
    this.root.classList.add("is-live")
    heads.forEach((head, at) => { head.style.inlineSize = `${widths[at]}px` })
    this.runway.style.minInlineSize = `${widths.reduce((sum, width) => sum + width, 0)}px`
    this.table.setAttribute("role", "grid")
    this.table.tHead.rows[0].setAttribute("aria-rowindex", 1)
    this.box.tabIndex = -1
    for (const plain of this.root.querySelectorAll("[data-plain]")) plain.hidden = true
    this.height = Math.max(height, this.body.rows[0]?.getBoundingClientRect().height ?? 0) // large letters need more than was asked for
    this.head = this.table.tHead.getBoundingClientRect().height
  }

  begin(at) {
    const kept = places.get(this.pages.alone)
    const page = at / this.pages.size
    const first = Number.isInteger(page) ? this.pages.take(page, this.root) : { until: at, more: true }
    this.body.replaceChildren()
    this.learn(first)
    if (kept) this.rows = Math.max(this.rows, kept.rows)
    this.listen()
    this.resize()
    this.box.scrollTop = kept?.top ?? at * this.height
    this.draw()
    this.ask()
    if (first.more) this.count()
  }

  end() {
    places.set(this.pages.alone, { top: this.box.scrollTop, rows: this.rows })
    this.gone.abort()
    this.seeing.disconnect()
    clearTimeout(this.timer)
    cancelAnimationFrame(this.frame)
    for (const stop of this.pages.asked.values()) stop.abort()
  }

  listen() {
    const { signal } = this.gone
    this.box.addEventListener("scroll", () => this.moved(), { passive: true, signal })
    this.box.addEventListener("keydown", (event) => this.keys(event), { signal })
    this.box.addEventListener("focusin", ({ target }) => this.mark(target.closest("td")), { signal })
    this.total.addEventListener("click", () => this.count("exact"), { signal })
    this.again.addEventListener("click", () => this.ask(), { signal })
    this.seeing = new ResizeObserver(() => this.moved())
    this.seeing.observe(this.box)
  }

  moved() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null
      this.draw()
      this.timer ??= setTimeout(() => this.ask(), Math.max(0, this.last + APART - performance.now()))
    })
  }

  /* ── How many rows there are ── */

  /* What a page says of it: the last one knows, and every other one that there are more. */
  learn({ until, more, empty }) {
    if (empty && until) {
      this.rows = Math.min(this.rows, until)
      this.count("exact") // the estimate was too high
    } else if (!more) Object.assign(this, { rows: until, how: "exact" })
    else if (until >= this.rows) this.rows = until + this.pages.size
  }

  async count(how = "") {
    const url = new URL(this.root.dataset.count, document.baseURI)
    if (how) url.searchParams.set("how", how)
    const found = await window.Nexus.getJSON(url.href, { signal: this.gone.signal }).catch(() => null)
    if (!found || this.gone.signal.aborted || this.how === "exact") return
    this.how = found.how
    this.rows = found.how === "exact" ? found.value : Math.max(this.rows, found.value)
    this.resize()
    this.moved()
  }

  /* How many rows the scroll bar reaches. */
  get reach() { return Math.min(this.rows, Math.floor(TALLEST / this.height)) }

  resize() {
    const { total, trouble } = this
    this.runway.style.blockSize = `${this.head + this.reach * this.height}px`
    this.table.setAttribute("aria-rowcount", this.how === "exact" ? this.rows + 1 : -1)
    total.hidden = false
    total.disabled = this.how === "exact"
    total.dataset.how = this.how
    total.title = total.dataset[this.how] ?? ""
    const words = (this.rows === 1 ? total.dataset.one : total.dataset.many).replace("{n}", said(this.rows))
    total.textContent = `${{ capped: "> ", estimate: "≈ " }[this.how] ?? ""}${words}`
    trouble.textContent = this.reach < this.rows ? trouble.dataset.far.replace("{n}", said(this.reach)) : ""
  }

  /* ── What is in sight ── */

  get sight() {
    const top = Math.max(0, this.box.scrollTop)
    const tall = Math.max(0, this.box.clientHeight - this.head)
    const first = Math.max(0, Math.min(Math.floor(top / this.height), this.reach - 1))
    return { first, last: Math.min(this.reach, Math.ceil((top + tall) / this.height)), whole: Math.max(1, Math.floor(tall / this.height)) }
  }

  draw() {
    const { first, last } = this.sight
    const from = Math.max(0, first - this.overscan)
    const until = Math.min(this.reach, last + this.overscan)
    this.table.style.insetBlockStart = `${from * this.height}px`
    for (const [at, row] of this.shown) {
      if (at >= from && at < until && !(row.ariaBusy && this.pages.row(at))) continue
      if (row.contains(document.activeElement)) this.box.focus({ preventScroll: true }) // keys go on from here
      row.remove()
      this.shown.delete(at)
    }
    let next = null
    for (let at = until - 1; at >= from; at -= 1) {
      if (!this.shown.has(at)) this.shown.set(at, this.body.insertBefore(this.made(at), next))
      next = this.shown.get(at)
    }
    this.range.textContent = last > first ? `${said(first + 1)}–${said(last)} ${this.range.dataset.of}` : ""
    this.tabStop(first)
  }

  made(at) {
    const row = this.pages.row(at) ?? waiting(this.columns)
    row.setAttribute("aria-rowindex", at + 2)
    for (const cell of row.cells) cell.tabIndex = -1
    for (const link of row.querySelectorAll("a")) link.tabIndex = -1
    return row
  }

  /* Ask for the pages in sight and half a page around; nearest first. */
  async ask() {
    clearTimeout(this.timer)
    this.timer = null
    this.last = performance.now()
    const { first, last } = this.sight
    const { size } = this.pages
    const page = (at) => Math.floor(Math.max(0, Math.min(at, this.reach - 1)) / size)
    const away = (one) => Math.abs(one - page((first + last) / 2))
    const wanted = this.pages.missing(page(first - size / 2), page(last + size / 2)).sort((a, b) => away(a) - away(b))
    await Promise.all(wanted.slice(0, Math.max(0, AT_ONCE - this.pages.asked.size)).map((one) => this.fetch(one)))
  }

  async fetch(page) {
    try {
      this.learn(await this.pages.fetch(page))
      this.again.hidden = true
      this.resize()
      this.pages.forget(page)
      this.moved()
    } catch (error) {
      if (error.name === "AbortError") return
      this.trouble.textContent = error.said ?? this.trouble.dataset.said
      this.again.hidden = false
    }
  }

  /* ── Keys: one cell can be reached with Tab ── */

  tabStop(first) {
    const held = document.activeElement === this.box
    const cell = this.cell(this.active.row) ?? (held ? null : this.cell(first))
    if (this.stop && this.stop !== cell) this.stop.tabIndex = -1
    this.stop = cell
    if (!cell) return
    cell.tabIndex = 0
    if (held && this.cell(this.active.row)) cell.focus({ preventScroll: true })
  }

  cell(row) {
    const cells = this.shown.get(row)?.cells
    return cells?.[Math.min(this.active.column, cells.length - 1)] ?? null
  }

  mark(cell) {
    if (!cell) return
    const at = Number(cell.parentElement.getAttribute("aria-rowindex")) - 2
    this.active = { row: at, column: cell.colSpan > 1 ? this.active.column : cell.cellIndex }
    this.tabStop(at)
  }

  keys(event) {
    if (event.altKey || event.metaKey) return
    const { row, column } = this.active
    const { whole } = this.sight
    const [bottom, edge, onward] = [this.reach - 1, this.columns - 1, getComputedStyle(this.table).direction === "rtl" ? -1 : 1]
    const moves = {
      ArrowDown: [row + 1, column], ArrowUp: [row - 1, column], ArrowRight: [row, column + onward], ArrowLeft: [row, column - onward],
      Home: [event.ctrlKey || !column ? 0 : row, 0], End: [event.ctrlKey || column === edge ? bottom : row, edge],
      PageDown: [row + whole, column], PageUp: [row - whole, column],
    }
    if (event.key in moves) this.go(...moves[event.key])
    else if (event.key === "Enter" && event.target !== this.box) this.shown.get(row)?.querySelector("a[href]")?.click()
    else return
    event.preventDefault()
  }

  go(row, column) {
    const at = Math.max(0, Math.min(row, this.reach - 1))
    this.active = { row: at, column: Math.max(0, Math.min(column, this.columns - 1)) }
    const top = at * this.height
    const tall = this.box.clientHeight - this.head
    if (top < this.box.scrollTop) this.box.scrollTop = top
    else if (top + this.height > this.box.scrollTop + tall) this.box.scrollTop = top + this.height - tall
    this.draw()
    this.cell(at)?.focus({ preventScroll: true })
    this.cell(at)?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }
}

const said = (number) => number.toLocaleString(document.documentElement.lang || undefined)

function waiting(columns) {
  const row = document.createElement("tr")
  row.ariaBusy = "true"
  const cell = row.insertCell()
  cell.colSpan = columns
  cell.append(document.createElement("span"))
  return row
}

window.Nexus.data("scrolledTable", () => {
  let scroll = null // not on the component: Alpine would watch every row
  return {
    init() { scroll = new Scroll(this.$root) },
    destroy() { scroll.end() },
  }
})
