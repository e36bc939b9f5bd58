/* x-data="shortcuts" on .nx-app: single letters and sequences for what the page has anyway.
 *
 * data-shortcut="n"      on a link, a button or a field: N follows, presses or focuses it. "g h" is one after the other within a second;
 *                        several may be given, parted by commas: "e, F2". Letters work outside of fields only.
 * data-shortcut-off      on the root: no single letters (a setting of the account)
 * [data-shortcut-list]   an empty <dl> in the dialog that "?" opens: filled with every shortcut of the page, named by aria-label,
 *                        data-shortcut-name, title or text
 * Ctrl K, Ctrl S and Ctrl Z belong to the palette, the form and the messages; arrows, J, K, X, O to the grid. */
import { make, typing } from "../dom.js"

const WITHIN = 1000

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  at: null, onkey: null, typed: null,

  init() {
    this.typed = ""
    this.at = 0
    this.onkey = (event) => this.pressed(event)
    document.addEventListener("keydown", this.onkey)
  },

  destroy() { document.removeEventListener("keydown", this.onkey) },

  pressed(event) {
    const alone = event.ctrlKey || event.metaKey || event.altKey
    if (event.defaultPrevented || alone || typing(event.target) || this.$root.dataset.shortcutOff !== undefined) return
    if (["Shift", "CapsLock", "Escape", "Tab"].includes(event.key)) return
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    const sequence = event.timeStamp - this.at < WITHIN && this.typed ? `${this.typed} ${key}` : key
    const dialog = document.querySelector("dialog[open]")
    const found = this.find(sequence, dialog) ?? this.find(key, dialog)
    this.typed = found ? "" : key
    this.at = event.timeStamp
    if (!found) return
    event.preventDefault()
    this.list()
    if (found.matches("input, textarea, select")) {
      found.focus()
      found.select?.()
    } else found.click()
  },

  /* While a dialog is open only its own shortcuts count. */
  find(sequence, dialog) {
    const all = [...(dialog ?? document).querySelectorAll("[data-shortcut]")]
    return all.find((element) => this.keysOf(element).includes(sequence) && element.getClientRects().length > 0 && !element.disabled)
  },

  keysOf(element) { return element.dataset.shortcut.split(",").map((keys) => keys.trim()) },

  list() {
    const target = document.querySelector("[data-shortcut-list]")
    if (!target) return
    const rows = [...document.querySelectorAll("[data-shortcut]")].map((element) => {
      const name = element.dataset.shortcutName ?? element.getAttribute("aria-label") ?? (element.title || element.textContent)
      const keys = this.keysOf(element)[0].split(" ").map((key) => make("kbd", { class: "nx-kbd" }, key.toUpperCase()))
      return make("div", {}, make("dt", {}, ...keys), make("dd", {}, name.trim()))
    })
    target.replaceChildren(...rows)
  },
})
