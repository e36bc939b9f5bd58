/* x-data="lateCount" on .nx-late: a count that arrives after the rows.
 *
 * data-url answers { text, title?, approx? }: "27,914", "≈ 1.0M", "more than 10,000". The text that the server rendered stays until then
 * and stays when nothing comes. data-exact-url, where given: a click counts exactly. Give the element role="status".
 * Where the part of the page around it is fetched anew, it counts again only for another address. */
import { getJSON } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  counted: null, onswap: null, url: null,

  init() {
    this.$root.addEventListener("click", () => { if (this.$root.dataset.exactUrl) this.fetch(this.$root.dataset.exactUrl) })
    this.onswap = () => this.again()
    document.addEventListener("nx:swapped", this.onswap)
    this.again()
  },

  destroy() { document.removeEventListener("nx:swapped", this.onswap) },

  again() {
    const { url } = this.$root.dataset
    if (url === this.url) return this.show()
    this.url = url
    this.counted = null
    return url ? this.fetch(url) : undefined
  },

  async fetch(url) {
    const asked = this.url
    this.$root.setAttribute("aria-busy", "true")
    const count = await getJSON(url).catch(() => null)
    if (asked !== this.url) return // another list is here by now
    this.$root.removeAttribute("aria-busy")
    this.counted = count ?? this.counted
    this.show()
  },

  show() {
    if (!this.counted) return
    this.$root.textContent = this.counted.text
    this.$root.classList.toggle("nx-approx", Boolean(this.counted.approx))
    this.$root.title = this.counted.title ?? ""
  },
})
