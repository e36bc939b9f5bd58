/* x-data="drawer" on <aside class="nx-drawer nx-drawer--over" id="nx-drawer" role="dialog" hidden>: a record beside the list.
 *
 * a[data-peek], button[data-peek="URL"]    anywhere: shows it here instead of going there (a link's own address where data-peek is empty)
 * "nx:peek"                                an event with detail { url, row }: the same, from the grid
 * [data-drawer-body]                       inside: where the fragment named "drawer" goes (else the drawer itself); it carries head and foot.
 *                                          An [id] named by aria-labelledby in it names the drawer
 * [data-drawer-close]                      inside: closes. [data-drawer-next], [data-drawer-previous]: the row after, the row before
 * J and K move on behind it, and so do the arrows where the drawer itself has the focus; it follows the row in focus of the grid. O opens
 * the record's page ([data-drawer-page]); Escape, or Space once more, closes and gives the focus back, to the row that was shown last.
 * The open record is in the address (?peek=KEY, from the row's data-row), so a copied link and Back work. */
import { typing } from "../dom.js"
import { getFragment, say, withQuery } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  back: null, onback: null, onclick: null, onkey: null, onpeek: null, onrow: null, pending: null, row: null,

  init() {
    this.row = null
    this.onclick = (event) => this.clicked(event)
    this.onpeek = ({ detail }) => (this.open && detail.row === this.row ? this.close() : this.show(detail.url, detail.row))
    this.onrow = ({ target }) => this.open && target !== this.row && this.show(target.dataset.peek, target)
    this.onkey = (event) => this.key(event)
    this.onback = () => this.follow()
    document.addEventListener("click", this.onclick)
    document.addEventListener("nx:peek", this.onpeek)
    document.addEventListener("nx:row", this.onrow)
    document.addEventListener("keydown", this.onkey, true)
    addEventListener("popstate", this.onback)
    this.follow()
  },

  destroy() {
    document.removeEventListener("click", this.onclick)
    document.removeEventListener("nx:peek", this.onpeek)
    document.removeEventListener("nx:row", this.onrow)
    document.removeEventListener("keydown", this.onkey, true)
    removeEventListener("popstate", this.onback)
  },

  get body() { return this.$root.querySelector("[data-drawer-body]") ?? this.$root },
  get open() { return !this.$root.hidden },

  clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return
    const link = event.target.closest("a[data-peek], button[data-peek]")
    if (link) {
      event.preventDefault()
      this.show(link.dataset.peek || link.href, link.closest("[data-row]"), link)
    } else if (this.$root.contains(event.target)) {
      if (event.target.closest("[data-drawer-close]")) this.close()
      else if (event.target.closest("[data-drawer-next]")) this.step(1)
      else if (event.target.closest("[data-drawer-previous]")) this.step(-1)
    }
  },

  async show(url, row = null, from = null, { remember = true } = {}) {
    this.pending?.abort()
    this.pending = new AbortController()
    if (!this.open) this.back = from ?? document.activeElement
    this.row = row
    try {
      const content = await getFragment(url, "drawer", { signal: this.pending.signal })
      this.body.replaceChildren(content)
    } catch (error) {
      if (error.name !== "AbortError") say(error.message, "danger")
      return
    }
    const fresh = !this.open
    this.$root.hidden = false
    if (fresh) {
      this.$root.tabIndex = -1
      this.$root.focus()
    }
    for (const each of document.querySelectorAll("tr.is-hover")) each.classList.remove("is-hover")
    row?.classList.add("is-hover")
    row?.scrollIntoView({ block: "nearest" })
    if (remember && row) history[fresh ? "pushState" : "replaceState"]({}, "", withQuery(location.href, { peek: row.dataset.row }))
  },

  close({ remember = true } = {}) {
    if (!this.open) return
    this.pending?.abort()
    this.$root.hidden = true
    this.row?.classList.remove("is-hover")
    if (remember) history.pushState({}, "", withQuery(location.href, { peek: "" }))
    this.giveBack()
  },

  /* The focus goes where it came from, but to the row shown last where that is another. */
  giveBack() {
    const cell = this.back?.closest?.("td")
    if (this.back?.isConnected && (!this.row?.isConnected || !cell || this.row.contains(cell))) return this.back.focus()
    const there = this.row?.cells?.[cell?.cellIndex ?? 0]
    if (!there) return
    there.tabIndex = -1
    there.focus()
  },

  step(by) {
    const rows = [...document.querySelectorAll("[data-row][data-peek]")]
    const next = rows[rows.indexOf(this.row) + by]
    if (next) this.show(next.dataset.peek, next)
  },

  key(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open")) return
    const key = event.key.toLowerCase()
    if (key === "escape" && !event.target.closest?.("[role=combobox][aria-expanded=true]")) this.close()
    else if (typing(event.target)) return
    else if (key === "j" || (key === "arrowdown" && event.target === this.$root)) this.step(1)
    else if (key === "k" || (key === "arrowup" && event.target === this.$root)) this.step(-1)
    else if (key === " " && event.target === this.$root) this.close()
    else if (key === "o") this.$root.querySelector("[data-drawer-page]")?.click()
    else return
    event.preventDefault()
    event.stopPropagation()
  },

  /* The address changed, or the page was opened with a record in it. */
  follow() {
    const key = new URL(location.href).searchParams.get("peek")
    const row = key && [...document.querySelectorAll("[data-row][data-peek]")].find((each) => each.dataset.row === key)
    if (row) this.show(row.dataset.peek, row, null, { remember: false })
    else this.close({ remember: false })
  },
})
