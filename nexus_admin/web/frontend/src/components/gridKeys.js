/* x-data="gridKeys" on <table class="nx-grid" role="grid">: the list by keyboard, with one tab stop.
 *
 * tr[data-row="KEY"]     a row. data-peek="URL" on it: Space and Shift Enter show it in the drawer
 * a[data-open]           in the row: where Enter and O go (else its first link)
 * [data-pick]            in the row: X picks it, Shift X the range from the last one
 * Arrows move the cell in focus (.is-focus), Home and End along the row, Ctrl Home and Ctrl End to the corners, Page Up and Page Down by
 * ten rows; J and K to the next and previous row, from anywhere outside of fields. A click puts the focus into its cell, and the arrow
 * down or Escape in the list's search ([data-shortcut="/"]) into a row; coming back to the page, the row that was left has it again.
 * F2 and a double click fire "nx:edit" on the cell; the detail of the former is "F2".
 * Fires "nx:row" on a row that gets the focus. */
import { typing } from "../dom.js"

const PAGE = 10

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  onkey: null,

  init() {
    this.$root.addEventListener("keydown", (event) => this.keys(event))
    this.$root.addEventListener("focusin", (event) => {
      const cell = event.target.closest("td")
      if (cell) this.mark(cell)
    })
    this.$root.addEventListener("click", (event) => this.clicked(event.target))
    this.$root.addEventListener("dblclick", (event) => this.edit(event.target.closest("td")))
    this.$root.addEventListener("nx:swapped", () => this.tabStop())
    this.onkey = (event) => this.letters(event)
    document.addEventListener("keydown", this.onkey)
    this.tabStop()
    const left = this.rows.findIndex((row) => row.dataset.row === history.state?.row)
    if (left >= 0 && document.activeElement === document.body) this.focus(left)
  },

  destroy() { document.removeEventListener("keydown", this.onkey) },

  get rows() { return [...this.$root.querySelectorAll("tbody tr[data-row]")] },
  get cell() { return this.$root.querySelector("td.is-focus") },
  get row() { return this.cell?.closest("tr[data-row]") ?? null },

  /* One cell can be reached with Tab: the one in focus, or the first. */
  tabStop() {
    const stop = this.cell ?? this.rows[0]?.querySelector("td")
    for (const cell of this.$root.querySelectorAll("td[tabindex]")) cell.tabIndex = -1
    if (stop) stop.tabIndex = 0
  },

  mark(cell) {
    const row = cell.closest("tr[data-row]")
    if (!row || cell === this.cell) return
    for (const each of this.$root.querySelectorAll("td.is-focus")) each.classList.remove("is-focus")
    cell.classList.add("is-focus")
    this.tabStop()
    row.dispatchEvent(new CustomEvent("nx:row", { bubbles: true, detail: { key: row.dataset.row } }))
  },

  /* The cell, or where none is said the one with the row's name. */
  focus(rowAt, at) {
    const rows = this.rows
    const row = rows[Math.max(0, Math.min(rowAt, rows.length - 1))]
    const cellAt = at ?? row?.querySelector("a[href]")?.closest("td").cellIndex ?? 0
    const cell = row?.cells[Math.max(0, Math.min(cellAt, row.cells.length - 1))]
    if (!cell) return
    cell.tabIndex = -1
    cell.focus()
    this.mark(cell)
    cell.scrollIntoView({ block: "nearest", inline: "nearest" })
  },

  clicked(target) {
    const row = target.closest("tr[data-row]")
    if (row) history.replaceState({ ...history.state, row: row.dataset.row }, "")
    if (row && !target.closest("a, button, input, label, [popover]")) this.focus(this.rows.indexOf(row), target.closest("td").cellIndex)
  },

  keys(event) {
    const cell = event.target.closest("td")
    if (!cell || !cell.closest("tr[data-row]") || typing(event.target) || event.altKey || event.metaKey) return
    const row = cell.closest("tr")
    const [y, x] = [this.rows.indexOf(row), cell.cellIndex]
    const onward = getComputedStyle(this.$root).direction === "rtl" ? -1 : 1
    const last = row.cells.length - 1
    const moves = {
      ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], ArrowRight: [y, x + onward], ArrowLeft: [y, x - onward],
      Home: [event.ctrlKey ? 0 : y, 0], End: [event.ctrlKey ? this.rows.length - 1 : y, last],
      PageDown: [y + PAGE, x], PageUp: [y - PAGE, x],
    }
    if (event.key in moves) this.focus(...moves[event.key])
    else if (event.key === "F2") this.edit(cell, "F2")
    else if (event.target !== cell) return // a link or a box in the cell has its own Enter and Space
    else if (event.key === "Enter" && !event.shiftKey) this.open(row)
    else if (event.key === " " || event.key === "Enter") this.peek(row)
    else return
    event.preventDefault()
  },

  letters(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return
    if (typing(event.target)) return this.fromSearch(event)
    if (this.$root.closest("[data-shortcut-off]") || !this.rows.length) return
    const at = this.rows.indexOf(this.row)
    const key = event.key.toLowerCase()
    if (key === "j") this.focus(at + 1, this.cell?.cellIndex)
    else if (key === "k") this.focus(at - 1, this.cell?.cellIndex)
    else if (key === "o" && this.row) this.open(this.row)
    else if (key === "x" && this.row) this.row.querySelector("[data-pick]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }))
    else return
    event.preventDefault()
  },

  fromSearch(event) {
    if (!event.target.matches("[data-shortcut='/']") || !["ArrowDown", "Escape"].includes(event.key) || !this.rows.length) return
    this.focus(this.rows.indexOf(this.row))
    event.preventDefault()
  },

  open(row) { (row.querySelector("a[data-open]") ?? row.querySelector("a[href]"))?.click() },

  peek(row) {
    if (row.dataset.peek) row.dispatchEvent(new CustomEvent("nx:peek", { bubbles: true, detail: { url: row.dataset.peek, row } }))
    else this.open(row)
  },

  edit(cell, detail) {
    if (cell?.closest("tr[data-row]")) cell.dispatchEvent(new CustomEvent("nx:edit", { bubbles: true, detail }))
  },
})
