/* x-data="rowPicker" on the form around a list: which rows are picked. It knows keys, nothing of their meaning; the server
 * checks every one again.
 *
 * [data-pick]            a checkbox in each row, name="keys", value the row's key; a click with Shift picks the range. Its whole cell
 *                        does the same: a thumb is wider than the box
 * [data-pick-all]        a checkbox in the head: all rows of this page; half when some are
 * [data-bulkbar]         the bar (.nx-bulkbar, data-count="0"): seen from the first pick on. Its buttons are plain submit buttons
 * [data-picked]          in it: the count as a sentence, from data-one and data-many ("{n} selected"); role="status"
 * [data-pick-filter]     a button: all that the filter finds, not only this page; its data-said is the sentence then
 * [data-everything]      an <input type="hidden" name="everything" value="1" disabled> that the button above switches on
 * [data-pick-clear]      a button: none
 * Sets aria-selected on rows. Fires "nx:picked" with detail { count }. */
import { counted } from "../dom.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  keys: null, last: null,

  init() {
    this.keys = new Set()
    this.last = null
    this.$root.addEventListener("click", (event) => this.clicked(event))
    this.$root.addEventListener("nx:swapped", () => this.restore())
    for (const box of this.boxes) if (box.checked) this.keys.add(box.value)
    this.show()
  },

  get boxes() { return [...this.$root.querySelectorAll("[data-pick]")] },
  get count() { return this.keys.size },

  clicked(event) {
    const box = event.target.closest("[data-pick]")
    if (box) this.pick(box, event.shiftKey)
    else if (event.target.closest("[data-pick-all]")) this.pickAll(event.target.checked)
    else if (event.target.closest("[data-pick-clear]")) this.clear()
    else if (event.target.closest("[data-pick-filter]")) this.everything(true)
    else event.target.querySelector?.(":scope > [data-pick]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: event.shiftKey }))
  },

  pick(box, range) {
    const boxes = this.boxes
    const from = boxes.findIndex((each) => each.value === this.last)
    const to = boxes.indexOf(box)
    const among = range && from >= 0 ? boxes.slice(Math.min(from, to), Math.max(from, to) + 1) : [box]
    for (const each of among) this.set(each, box.checked)
    this.last = box.value
    this.everything(false)
  },

  pickAll(checked) {
    for (const box of this.boxes) this.set(box, checked)
    this.everything(false)
  },

  clear() {
    this.pickAll(false)
    this.last = null
  },

  set(box, checked) {
    box.checked = checked
    if (checked) this.keys.add(box.value)
    else this.keys.delete(box.value)
  },

  everything(all) {
    const input = this.$root.querySelector("[data-everything]")
    if (input) input.disabled = !all
    this.show()
  },

  /* New rows came in: a box that was used for another row must not keep that row's tick. */
  restore() {
    const boxes = this.boxes
    const here = new Set(boxes.map((box) => box.value))
    this.keys = new Set([...this.keys].filter((key) => here.has(key)))
    for (const box of boxes) box.checked = this.keys.has(box.value)
    this.everything(false)
  },

  show() {
    const boxes = this.boxes
    for (const box of boxes) box.closest("[data-row], tr")?.setAttribute("aria-selected", String(box.checked))
    const head = this.$root.querySelector("[data-pick-all]")
    if (head) {
      head.checked = this.count > 0 && this.count === boxes.length
      head.indeterminate = this.count > 0 && this.count < boxes.length
    }
    const bar = this.$root.querySelector("[data-bulkbar]")
    if (!bar) return
    const all = this.$root.querySelector("[data-everything]")?.disabled === false
    const said = bar.querySelector("[data-picked]")
    bar.dataset.count = String(this.count)
    if (said) said.textContent = all ? this.$root.querySelector("[data-pick-filter]").dataset.said : counted(said, this.count)
    this.$root.dispatchEvent(new CustomEvent("nx:picked", { bubbles: true, detail: { count: this.count, all } }))
  },
})
