/* x-data="palette" on <dialog class="nx-palette" aria-label="…">: search and commands, Ctrl K (⌘ K).
 *
 * data-url              answers ?q=…&scope=… with { groups: [{ label, options: [{ label, href, detail?, meta?, icon?, hue?, initials?, kbd? }] }] }.
 *                       The prefixes > # ? are the server's to read. An empty q asks for what is recent.
 * data-scope            the page's own scope, with [data-palette-scope] (a tag in the field): Backspace in an empty field leaves it
 * [data-palette-input]  <input role="combobox" aria-expanded="true" aria-controls="ID" autocomplete="off">
 * [data-palette-list]   .nx-palette__list, role="listbox", id ID
 * [data-palette-open]   anywhere on the page: a link to the search page, which opens this instead
 * data-none             what is said when nothing is found
 * Keys: Up, Down, Home, End move, Enter opens, Ctrl Enter opens a new tab, Escape closes. What is in focus stays in focus when
 * slower results come in. */
import { debounced, icon, make, marked } from "../dom.js"
import { getJSON, withQuery } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  current: null, input: null, list: null, onclick: null, onkey: null, pending: null, scope: null, tag: null,

  init() {
    this.input = this.$root.querySelector("[data-palette-input]")
    this.list = this.$root.querySelector("[data-palette-list]")
    this.tag = this.$root.querySelector("[data-palette-scope]")
    this.scope = this.$root.dataset.scope ?? ""
    this.current = ""
    this.onkey = (event) => this.hotkey(event)
    this.onclick = (event) => this.opener(event)
    document.addEventListener("keydown", this.onkey)
    document.addEventListener("click", this.onclick)
    this.input.addEventListener("input", debounced(() => this.search(), 60))
    this.input.addEventListener("keydown", (event) => this.keys(event))
    this.list.addEventListener("click", (event) => this.go(event.target.closest("[role=option]"), event))
    this.$root.addEventListener("click", (event) => { if (event.target === this.$root) this.$root.close() })
  },

  destroy() {
    document.removeEventListener("keydown", this.onkey)
    document.removeEventListener("click", this.onclick)
  },

  hotkey(event) {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    event.preventDefault()
    if (this.$root.open) this.$root.close()
    else this.open()
  },

  opener(event) {
    if (event.ctrlKey || event.metaKey || !event.target.closest("[data-palette-open]")) return
    event.preventDefault()
    this.open()
  },

  open() {
    this.scope = this.$root.dataset.scope ?? ""
    if (this.tag) this.tag.hidden = !this.scope
    this.input.value = ""
    this.list.replaceChildren()
    this.$root.showModal()
    this.input.focus()
    this.search()
  },

  async search() {
    this.pending?.abort()
    this.pending = new AbortController()
    const query = this.input.value.trim()
    const url = withQuery(this.$root.dataset.url, { q: query, scope: this.scope })
    const found = await getJSON(url, { signal: this.pending.signal }).catch((error) => (error.name === "AbortError" ? undefined : null))
    if (found !== undefined) this.show(found?.groups ?? [], query.replace(/^[>#?]\s*/, ""))
  },

  show(groups, query) {
    const full = groups.filter((group) => group.options.length)
    this.list.replaceChildren(...full.flatMap((group) => [
      make("div", { class: "nx-listbox__label", role: "presentation" }, group.label),
      ...group.options.map((option) => this.option(option, query)),
    ]))
    this.all.forEach((option, at) => { option.id = `${this.list.id}-${at}` })
    if (!full.length) this.list.append(make("div", { class: "nx-option", role: "option", "aria-disabled": "true" }, this.$root.dataset.none ?? "Nothing found"))
    this.move(this.all.find((option) => option.dataset.href === this.current) ?? this.all[0])
  },

  option({ label, href, detail, meta, icon: name, hue, initials, kbd }, query) {
    const face = initials
      ? make("span", { class: "nx-avatar", "data-hue": hue, "aria-hidden": "true" }, initials)
      : make("span", { class: "nx-glyph", "data-hue": hue, "aria-hidden": "true" }, icon(name ?? "arrow-right"))
    const main = make("span", { class: "nx-option__main" }, make("span", { class: "nx-strong" }, ...marked(label, query)))
    if (detail) main.append(" ", make("span", { class: "nx-subtle" }, ...marked(detail, query)))
    const more = meta ? make("span", { class: "nx-option__meta" }, meta) : null
    const key = kbd ? make("kbd", { class: "nx-kbd" }, kbd) : null
    return make("div", { class: "nx-option", role: "option", "aria-selected": "false", "data-href": href }, face, main, more, key)
  },

  get all() { return [...this.list.querySelectorAll("[data-href]")] },

  move(option) {
    for (const each of this.all) {
      each.classList.toggle("is-active", each === option)
      each.setAttribute("aria-selected", String(each === option))
    }
    this.current = option?.dataset.href ?? ""
    if (option) this.input.setAttribute("aria-activedescendant", option.id)
    else this.input.removeAttribute("aria-activedescendant")
    option?.scrollIntoView({ block: "nearest" })
  },

  keys(event) {
    const all = this.all
    const now = all.findIndex((option) => option.classList.contains("is-active"))
    const steps = { ArrowDown: (now + 1) % all.length, ArrowUp: (now - 1 + all.length) % all.length, PageDown: all.length - 1, PageUp: 0 }
    if (event.key in steps) {
      event.preventDefault()
      this.move(all[steps[event.key]])
    } else if (event.key === "Enter") {
      event.preventDefault()
      this.go(all[now], event)
    } else if (event.key === "Backspace" && this.input.value === "" && this.scope) {
      this.scope = ""
      if (this.tag) this.tag.hidden = true
      this.search()
    }
  },

  go(option, event) {
    const href = option?.dataset.href
    if (!href) return
    if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener")
    else location.assign(href)
    this.$root.close()
  },
})
