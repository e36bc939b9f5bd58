/* x-data="unsaved" on a form: what was changed, kept, and not left behind by mistake.
 *
 * data-draft="orders/7"      keep a draft under this key in this browser (one per record and user: the server puts both into the key)
 * .nx-field                  around each control: gets .is-changed. data-was on a control is the value it is compared with, where that is not
 *                            the value it was rendered with (a form shown again after errors)
 * [data-savebar]             .nx-savebar, data-count="0": seen from the first change on; may lie outside of the form and name it by data-for="ID"
 * [data-changed]             in it: the count as a sentence, from data-one and data-many ("{n} unsaved changes"); role="status"
 * [data-discard]             a button in the bar or the form: back to what was rendered
 * [data-changes]             an empty <dl class="nx-diff">, anywhere: what was and what is, per field. [data-changes-count]: how many
 * [data-draft-banner]        hidden: shown where a draft differs; in it [data-draft-restore] and [data-draft-drop]
 * Where a pointer says that keys are at hand, the first field has the focus. Ctrl S sends the form. Leaving the page asks once.
 * Passwords, files, hidden inputs (but for [data-combo-value]) and whatever is inside [data-no-draft] are never kept. An element with
 * data-draft-done="orders/7" on a later page forgets the draft. */
import { counted, debounced, icon, make } from "../dom.js"

const PREFIX = "nx:draft:"

export function forgetDrafts() {
  for (const done of document.querySelectorAll("[data-draft-done]")) localStorage.removeItem(PREFIX + done.dataset.draftDone)
}

function now(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked ? control.value : ""
  if (control.multiple) return [...control.selectedOptions].map((option) => option.value).join("\n")
  return control.value
}

function before(control) {
  if (control.dataset.was !== undefined) return control.dataset.was
  if (control.type === "checkbox" || control.type === "radio") return control.defaultChecked ? control.value : ""
  if (control.options) {
    const chosen = [...control.options].filter((option) => option.defaultSelected).map((option) => option.value)
    return control.multiple ? chosen.join("\n") : chosen[0] ?? control.options[0]?.value ?? ""
  }
  return control.defaultValue
}

/* The text that a person saw for *value*: an option's or a picked record's name rather than its key. */
function words(control, value) {
  if (control.options) return [...control.options].find((option) => option.value === value)?.textContent.trim() ?? value
  if (control.type === "checkbox") return value ? "✓" : "—"
  const picker = control.closest(".nx-combo")?.querySelector("[data-combo-input]")
  if (picker) return value === control.value ? picker.value : picker.defaultValue
  return value || "—"
}

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  form: null, leaving: null, onclick: null, onkey: null, sending: null,

  init() {
    this.form = this.$root
    this.sending = false
    const keep = debounced(() => this.keep(), 400)
    const changed = () => { this.show(); keep() }
    for (const name of ["input", "change"]) this.form.addEventListener(name, changed)
    this.form.addEventListener("reset", () => setTimeout(changed))
    this.form.addEventListener("submit", () => { this.sending = true })
    this.leaving = (event) => { if (this.changes.length && !this.sending) event.preventDefault() }
    this.onkey = (event) => this.key(event)
    this.onclick = (event) => this.clicked(event)
    addEventListener("beforeunload", this.leaving)
    document.addEventListener("keydown", this.onkey)
    document.addEventListener("click", this.onclick)
    this.offer()
    this.show()
    const fine = matchMedia("(pointer: fine)").matches && document.activeElement === document.body && !this.form.querySelector("[autofocus]")
    if (fine) this.form.querySelector(":is(.nx-input, .nx-select, [data-combo-input]):not([readonly], [data-combo-value])")?.focus({ preventScroll: true })
  },

  destroy() {
    removeEventListener("beforeunload", this.leaving)
    document.removeEventListener("keydown", this.onkey)
    document.removeEventListener("click", this.onclick)
  },

  get controls() {
    const kept = (control) => control.name && control.type !== "file" && control.type !== "password" && !control.closest("[data-no-draft]")
    const seen = (control) => control.type !== "hidden" || control.dataset.comboValue !== undefined
    return [...this.form.elements].filter((control) => control.matches("input, select, textarea") && kept(control) && seen(control))
  },

  get changes() { return this.controls.filter((control) => now(control) !== before(control)) },

  show() {
    const changed = this.changes
    const fields = new Set(changed.map((control) => control.closest(".nx-field") ?? control))
    for (const field of this.form.querySelectorAll(".nx-field")) field.classList.toggle("is-changed", fields.has(field))
    const bar = document.querySelector(`[data-savebar][data-for="${this.form.id}"]`) ?? this.form.querySelector("[data-savebar]")
    if (bar) {
      bar.dataset.count = String(fields.size)
      const said = bar.querySelector("[data-changed]")
      if (said) said.textContent = counted(said, fields.size)
    }
    const count = document.querySelector("[data-changes-count]")
    if (count) count.textContent = String(fields.size)
    document.querySelector("[data-changes]")?.replaceChildren(...changed.map((control) => this.difference(control)))
  },

  difference(control) {
    const label = control.closest(".nx-field")?.querySelector(".nx-field__label")
    const name = [...(label?.childNodes ?? [])].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())
    const arrow = icon("arrow-right", "nx-icon--flip")
    return make("div", {}, make("dt", {}, name?.textContent.trim() ?? control.name),
      make("dd", {}, make("del", {}, words(control, before(control))), arrow, make("ins", {}, words(control, now(control)))))
  },

  key(event) {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    if (document.querySelector("dialog[open]") && !this.form.closest("dialog[open]")) return
    event.preventDefault()
    this.form.requestSubmit()
  },

  clicked(event) {
    const inside = (part) => part && (this.form.contains(part) || part.closest(`[data-for="${this.form.id}"]`))
    const close = (name) => { const part = event.target.closest(`[data-${name}]`); return inside(part) ? part : null }
    if (close("discard")) {
      this.form.reset()
      this.drop()
    } else if (close("draft-restore")) this.restore()
    else if (close("draft-drop")) this.drop()
  },

  get draft() {
    try { return JSON.parse(localStorage.getItem(PREFIX + this.form.dataset.draft)) } catch { return null }
  },

  keep() {
    if (!this.form.dataset.draft || this.sending) return
    const changed = this.changes.map((control) => [this.controls.indexOf(control), control.name, now(control), words(control, now(control))])
    if (changed.length) localStorage.setItem(PREFIX + this.form.dataset.draft, JSON.stringify({ at: Date.now(), changed }))
    else localStorage.removeItem(PREFIX + this.form.dataset.draft)
  },

  /* The control that a kept value belongs to, if it is still there. */
  controlOf([at, name]) { return this.controls[at]?.name === name ? this.controls[at] : this.controls.find((control) => control.name === name) },

  offer() {
    if (!this.form.dataset.draft) return
    const differs = (this.draft?.changed ?? []).some((kept) => { const control = this.controlOf(kept); return control && now(control) !== kept[2] })
    const banner = this.form.querySelector("[data-draft-banner]")
    if (banner) banner.hidden = !differs
    if (!differs) localStorage.removeItem(PREFIX + this.form.dataset.draft)
  },

  restore() {
    for (const kept of this.draft?.changed ?? []) {
      const control = this.controlOf(kept)
      if (!control) continue
      if (control.type === "checkbox" || control.type === "radio") control.checked = kept[2] !== ""
      else if (control.multiple) for (const option of control.options) option.selected = kept[2].split("\n").includes(option.value)
      else control.value = kept[2]
      const picker = control.closest(".nx-combo")?.querySelector("[data-combo-input]")
      if (picker) picker.value = kept[3]
    }
    this.hideBanner()
    this.show()
  },

  drop() {
    if (this.form.dataset.draft) localStorage.removeItem(PREFIX + this.form.dataset.draft)
    this.hideBanner()
    this.show()
  },

  hideBanner() {
    const banner = this.form.querySelector("[data-draft-banner]")
    if (banner) banner.hidden = true
  },
})
