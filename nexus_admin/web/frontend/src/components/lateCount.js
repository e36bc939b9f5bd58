/* x-data="lateCount" on .nx-late: a count that arrives after the rows.
 *
 * data-url answers { text, title?, approx? }: "27,914", "≈ 1.0M", "more than 10,000". The text that the server rendered stays until then
 * and stays when nothing comes. data-exact-url, where given: a click counts exactly. Give the element role="status". */
import { getJSON } from "../request.js"

export default () => ({
  init() {
    const { url, exactUrl } = this.$root.dataset
    if (url) this.fetch(url)
    if (exactUrl) this.$root.addEventListener("click", () => this.fetch(exactUrl))
  },

  async fetch(url) {
    this.$root.setAttribute("aria-busy", "true")
    const count = await getJSON(url).catch(() => null)
    this.$root.removeAttribute("aria-busy")
    if (!count) return
    this.$root.textContent = count.text
    this.$root.classList.toggle("nx-approx", Boolean(count.approx))
    if (count.title) this.$root.title = count.title
  },
})
