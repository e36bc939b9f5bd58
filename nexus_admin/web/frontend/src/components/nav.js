/* x-data="nav" on .nx-app: the sidebar as a rail on a desk, as an overlay on a phone.
 *
 * Expects .nx-sidebar (with an id), [data-nav-rail] (a button that narrows and widens it) and [data-nav-open] (a button
 * that opens the overlay). Sets data-nav="rail" and .is-nav-open on the root, aria-expanded on the buttons, and the cookie
 * nx_nav ("rail" or "wide") from which the server writes data-nav into the next page.
 * [data-nav-fold="NAME"] is a <details> whose state the cookie nx_folded keeps; [data-nav-search] narrows the lines while typing. */

function remember(name, value) {
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax`
}

export default () => ({
  init() {
    this.$root.addEventListener("click", (event) => {
      if (event.target.closest("[data-nav-rail]")) this.setRail(this.$root.dataset.nav !== "rail")
      else if (event.target.closest("[data-nav-open]")) this.setOpen(!this.open)
      else if (this.open && !event.target.closest(".nx-sidebar")) this.setOpen(false)
    })
    this.$root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.open) this.setOpen(false)
    })
    for (const group of this.groups) group.querySelector("summary").addEventListener("click", () => setTimeout(() => this.folded()))
    this.$root.querySelector("[data-nav-search]")?.addEventListener("input", (event) => this.narrow(event.target.value))
    for (const at of this.$root.querySelectorAll("nav a[aria-current]")) this.bring(at)
    this.show()
  },

  /* A long menu, or tabs on a phone, begin where one is. */
  bring(line) {
    const box = line.closest("ul, nav")
    const [is, sees] = [line.getBoundingClientRect(), box.getBoundingClientRect()]
    box.scrollBy(Math.floor(Math.min(0, is.left - sees.left)) + Math.ceil(Math.max(0, is.right - sees.right)), Math.ceil(Math.max(0, is.bottom - sees.bottom)))
  },

  get groups() { return [...this.$root.querySelectorAll("[data-nav-fold]")] },

  folded() {
    remember("nx_folded", this.groups.filter((group) => !group.open).map((group) => group.dataset.navFold).join("|"))
  },

  narrow(text) {
    const wanted = text.trim().toLocaleLowerCase()
    for (const group of this.groups) {
      if (wanted) group.open = true
      for (const line of group.querySelectorAll(".nx-nav__item")) line.hidden = !line.textContent.toLocaleLowerCase().includes(wanted)
    }
  },

  get open() { return this.$root.classList.contains("is-nav-open") },

  setRail(narrow) {
    if (narrow) this.$root.dataset.nav = "rail"
    else delete this.$root.dataset.nav
    if (narrow) for (const group of this.groups) group.open = true // a rail has no line to unfold it by
    remember("nx_nav", narrow ? "rail" : "wide")
    this.show()
  },

  setOpen(open) {
    this.$root.classList.toggle("is-nav-open", open)
    this.show()
    const sidebar = this.$root.querySelector(".nx-sidebar")
    if (open) sidebar?.querySelector("a, button")?.focus()
    else this.$root.querySelector("[data-nav-open]")?.focus()
  },

  show() {
    this.$root.querySelector("[data-nav-open]")?.setAttribute("aria-expanded", String(this.open))
    this.$root.querySelector("[data-nav-rail]")?.setAttribute("aria-expanded", String(this.$root.dataset.nav !== "rail"))
  },
})
