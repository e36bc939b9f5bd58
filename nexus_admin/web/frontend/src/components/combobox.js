/* x-data="combobox" on .nx-combo: pick one of many, searched on the server.
 *
 * data-url                 answers ?q=… with { options: [{ value, label, detail?, meta?, initials?, hue?, icon?, href? }], foot? }; an
 *                          option with href is a link ("Create customer …"), the others are values
 * data-optional            may be left empty
 * data-none                what the list says when nothing matches ("No match")
 * [data-combo-value]       inside: the <input name="…"> that is sent; seen and typed into only where scripts are off (give it aria-label)
 * [data-combo-input]       inside .nx-inputbox: <input role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="ID"
 *                          autocomplete="off"> with the label of the value that is set
 * [data-combo-popup]       .nx-popover, hidden; in it [data-combo-list] (.nx-listbox, role="listbox", id ID) and [data-combo-foot]
 * Keys: Down and Up open and move, Enter takes, Escape closes and restores, Tab takes what was moved to. Fires "change" on the value. */
import { debounced, icon, make, marked } from "../dom.js"
import { getJSON, withQuery } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  active: null, foot: null, input: null, label: null, list: null, options: null, pending: null, popup: null, value: null,

  init() {
    const part = (name) => this.$root.querySelector(`[data-combo-${name}]`)
    this.value = part("value")
    this.input = part("input")
    this.popup = part("popup")
    this.list = part("list")
    this.foot = part("foot")
    this.options = []
    this.active = -1
    this.label = this.input.value
    const first = { value: this.value.value, label: this.label }
    const search = debounced(() => this.search(this.input.value), 120)
    this.input.addEventListener("input", search)
    this.input.addEventListener("click", () => this.search(""))
    this.input.addEventListener("keydown", (event) => this.keys(event))
    this.input.addEventListener("blur", () => this.left())
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()) // focus stays in the field
    this.list.addEventListener("click", (event) => {
      const at = [...this.list.children].indexOf(event.target.closest("[role=option]"))
      if (at >= 0) this.take(at)
    })
    this.input.form?.addEventListener("reset", () => this.set(first))
  },

  get open() { return !this.popup.hidden },

  async search(query) {
    this.pending?.abort()
    this.pending = new AbortController()
    try {
      const found = await getJSON(withQuery(this.$root.dataset.url, { q: query.trim() }), { signal: this.pending.signal })
      if (document.activeElement === this.input) this.show(found ?? { options: [] }, query.trim())
    } catch (error) {
      if (error.name !== "AbortError") this.show({ options: [], foot: error.message }, query)
    }
  },

  show({ options = [], foot = "" }, query) {
    this.options = options
    this.list.replaceChildren(...options.map((option, at) => this.option(option, at, query)))
    if (!options.length) this.list.append(make("div", { class: "nx-option", "aria-disabled": "true" }, this.$root.dataset.none ?? "No match"))
    if (this.foot) {
      this.foot.textContent = foot
      this.foot.hidden = !foot
    }
    this.popup.hidden = false
    this.input.setAttribute("aria-expanded", "true")
    const box = this.$root.getBoundingClientRect()
    const tall = this.popup.getBoundingClientRect().height + 8
    this.popup.classList.toggle("is-above", box.bottom + tall > innerHeight && box.top > tall)
    this.move(query && options.length ? 0 : options.findIndex((option) => option.value === this.value.value))
  },

  option({ value, label, detail, meta, initials, hue, icon: name, href }, at, query) {
    const main = make("span", { class: href ? "nx-option__main nx-accent nx-strong" : "nx-option__main" }, ...marked(label, query))
    if (detail) main.append(make("small", {}, detail))
    const selected = value !== undefined && value === this.value.value
    const face = initials ? make("span", { class: "nx-avatar", "data-hue": hue, "aria-hidden": "true" }, initials) : null
    const glyph = name ? make("span", { class: "nx-glyph", "data-hue": hue, "aria-hidden": "true" }, icon(name)) : null
    const more = meta ? make("span", { class: "nx-option__meta" }, meta) : null
    const tick = selected ? icon("check", "nx-icon--sm nx-accent") : null
    return make("div", { class: "nx-option", role: "option", id: `${this.list.id}-${at}`, "aria-selected": String(selected) }, face ?? glyph, main, more, tick)
  },

  move(to) {
    this.active = to
    ;[...this.list.children].forEach((each, at) => each.classList.toggle("is-active", at === to))
    const option = this.options[to] && this.list.children[to]
    if (option) this.input.setAttribute("aria-activedescendant", option.id)
    else this.input.removeAttribute("aria-activedescendant")
    option?.scrollIntoView({ block: "nearest" })
  },

  keys(event) {
    const last = this.options.length - 1
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault()
      if (!this.open) this.search("")
      else if (event.key === "ArrowDown") this.move(this.active >= last ? 0 : this.active + 1)
      else this.move(this.active <= 0 ? last : this.active - 1)
    } else if (event.key === "Enter" && this.open) {
      event.preventDefault()
      if (this.active >= 0) this.take(this.active)
    } else if (event.key === "Tab" && this.open && this.active >= 0 && !this.options[this.active].href) this.take(this.active)
    else if (event.key === "Escape" && this.open) {
      event.stopPropagation()
      event.preventDefault() // else the dialog around it closes, too
      this.input.value = this.label
      this.close()
    }
  },

  take(at) {
    const option = this.options[at]
    if (option.href) location.assign(option.href)
    else this.set(option)
    this.close()
  },

  set({ value, label }) {
    const changed = this.value.value !== String(value)
    this.value.value = value
    this.input.value = label
    this.label = label
    if (changed) this.value.dispatchEvent(new Event("change", { bubbles: true }))
  },

  /* Text that was not taken is no value: an emptied field clears an optional one, anything else goes back. */
  left() {
    if (this.input.value.trim() === "" && this.$root.dataset.optional !== undefined) this.set({ value: "", label: "" })
    else this.input.value = this.label
    this.close()
  },

  close() {
    this.pending?.abort()
    this.popup.hidden = true
    this.active = -1
    this.input.setAttribute("aria-expanded", "false")
    this.input.removeAttribute("aria-activedescendant")
  },
})
