/* x-data="menu": a button and the menu or popover that it opens.
 *
 * Expects inside: a button with popovertarget="ID" and an element with that id, the attribute popover and the class nx-menu
 * (role="menu", its items role="menuitem") or nx-popover. data-align="end" on the root lines up their ends.
 * The platform opens and closes it, with scripts off too; this adds the place, the keys (arrows, Home, End, a letter,
 * Escape, Tab) and aria-expanded. An item with [data-keep-open] leaves the menu open. */
import { focusable } from "../dom.js"
import { place } from "../place.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  button: null, panel: null,

  init() {
    const button = this.$root.querySelector("[popovertarget]")
    const panel = button && document.getElementById(button.getAttribute("popovertarget"))
    if (!panel) return
    this.button = button
    this.panel = panel
    button.setAttribute("aria-expanded", "false")
    if (panel.getAttribute("role") === "menu") button.setAttribute("aria-haspopup", "menu")
    button.addEventListener("click", (event) => {
      event.preventDefault() // the platform would show it first and leave it to us to move it
      if (panel.matches(":popover-open")) panel.hidePopover()
      else this.show()
    })
    button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault()
        this.show(event.key === "ArrowUp" ? -1 : 0)
      }
    })
    panel.addEventListener("toggle", (event) => {
      button.setAttribute("aria-expanded", String(event.newState === "open"))
    })
    panel.addEventListener("keydown", (event) => this.keys(event))
    panel.addEventListener("click", (event) => {
      const item = event.target.closest("[role^=menuitem]")
      if (item && !item.closest("[data-keep-open]")) panel.hidePopover()
    })
  },

  show(at = 0) {
    this.panel.showPopover()
    place(this.button, this.panel, { align: this.$root.dataset.align })
    const preferred = this.panel.querySelector("[autofocus], [aria-checked=true], [aria-current=true]")
    const all = focusable(this.panel)
    const first = at === 0 && preferred ? preferred : all.at(at)
    first?.focus()
  },

  keys(event) {
    if (event.key === "Tab" && this.panel.getAttribute("role") === "menu") return this.panel.hidePopover()
    if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return undefined
    const all = focusable(this.panel)
    const now = all.indexOf(document.activeElement)
    const steps = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }
    let next = all.at((steps[event.key] ?? NaN) % all.length)
    if (!(event.key in steps)) {
      if (event.key.length !== 1 || event.key === " ") return undefined
      const rest = [...all.slice(now + 1), ...all.slice(0, now + 1)]
      next = rest.find((item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
    }
    event.preventDefault()
    next?.focus()
    return undefined
  },
})
