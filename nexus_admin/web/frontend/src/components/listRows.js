/* x-data="listRows" around a list: the actions of the row that is pointed at or in focus, and sorting by several columns.
 *
 * tr[data-row]                 a row; its data-peek is filled in: the address of the row in short, for the drawer
 * <template data-rowacts>       one element: laid into a last cell (.nx-grid__acts) of that row. In it
 *                              [data-act="edit"]   links: where they go is the row's address, a slash, and this (empty: the address)
 *                              [data-act-copy]     a button: copies the row's address; its data-said is said then
 * a.nx-grid__pk                in each row: its address; the list that it stands in comes along as ?list=, there and in all of these
 * a[data-by="total"]           in the head: a click with Shift sorts by it too: up, then down, then not any more. The order of now is the
 *                              table's data-sort */
import { say, withQuery } from "../request.js"

/* *order* ("-placed_at,id") with *name* too. A name with a comma of its own stands in backquotes. */
function alsoBy(order, name) {
  const parts = order.match(/(?:`(?:[^`]|``)*`|[^,`])+/g) ?? []
  if (parts.includes(name)) return parts.map((part) => (part === name ? `-${name}` : part)).join()
  return (parts.includes(`-${name}`) ? parts.filter((part) => part !== `-${name}`) : [...parts, name]).join()
}

/* The address of *row*, or of what *act* names below it, with the list that it stands in. */
function within(row, act) {
  const [path, list] = row.querySelector("a.nx-grid__pk").href.split("?")
  const address = act ? `${path}/${act}` : path
  return list ? `${address}${address.includes("?") ? "&" : "?"}${list}` : address
}

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  acts: null,

  init() {
    this.peeks()
    this.$root.addEventListener("nx:swapped", () => this.peeks())
    for (const name of ["pointerover", "focusin"]) this.$root.addEventListener(name, (event) => this.follow(event.target.closest("tr[data-row]")))
    this.$root.addEventListener("click", (event) => this.clicked(event), true)
  },

  peeks() {
    for (const row of this.$root.querySelectorAll("tr[data-row]")) row.dataset.peek = within(row, "~peek")
  },

  follow(row) {
    const template = this.$root.querySelector("[data-rowacts]")
    if (!row || !template || row.contains(this.acts) || this.acts?.querySelector(":popover-open")) return
    if (!this.acts?.isConnected) this.acts = template.content.firstElementChild.cloneNode(true)
    for (const link of this.acts.querySelectorAll("[data-act]")) link.href = within(row, link.dataset.act)
    this.acts.parentElement?.classList.remove("nx-grid__acts")
    const cell = row.cells[row.cells.length - 1]
    cell.classList.add("nx-grid__acts")
    cell.append(this.acts)
  },

  clicked(event) {
    const head = event.shiftKey && event.target.closest("a[data-by]")
    const copy = event.target.closest("[data-act-copy]")
    if (head) {
      event.preventDefault()
      event.stopPropagation()
      head.href = withQuery(head.href, { sort: alsoBy(head.closest("table").dataset.sort, head.dataset.by) })
      head.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })) // click() does nothing while Shift Enter clicks it
    } else if (copy) {
      const [address] = within(copy.closest("tr")).split("?")
      navigator.clipboard?.writeText(address).then(() => say(copy.dataset.said), () => say(address, "info"))
    }
  },
})
