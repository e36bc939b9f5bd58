/* The rows of a table that came so far, by pages of one size; each page knows the cursors of those beside it. See scroll.js. */
const KEPT = 40 // pages

export class Pages {
  constructor(alone, widget, size) {
    Object.assign(this, { alone, widget, size, pages: new Map(), asked: new Map() })
  }

  row(at) { return this.pages.get(Math.floor(at / this.size))?.rows[at % this.size] }

  /* Keep the page that *root* holds; return the place behind its last row, and whether more follow. */
  take(page, root) {
    const rows = [...root.querySelectorAll("tbody > tr")]
    const { next, previous } = root.dataset
    this.pages.set(page, { rows, next, previous })
    return { until: page * this.size + rows.length, more: Boolean(next), empty: !rows.length }
  }

  address(page) {
    const url = new URL(this.alone, document.baseURI)
    const beside = this.pages.get(page - 1)?.next || this.pages.get(page + 1)?.previous
    url.searchParams.set(`at.${this.widget}`, page * this.size)
    if (beside) url.searchParams.set(`after.${this.widget}`, beside)
    return url.href
  }

  async fetch(page) {
    const stop = new AbortController()
    this.asked.set(page, stop)
    try {
      const content = await window.Nexus.getFragment(this.address(page), "fragment", { signal: stop.signal })
      const root = content.querySelector("[data-scroll]")
      if (!root) throw Object.assign(new Error("No rows."), { said: content.querySelector(".nx-widget__error p")?.textContent })
      return this.take(page, root)
    } finally {
      this.asked.delete(page)
    }
  }

  /* The pages from *first* to *last* that are neither here nor on their way; what is on its way elsewhere is not waited for. */
  missing(first, last) {
    for (const [page, stop] of this.asked) if (page < first || page > last) stop.abort()
    return Array.from({ length: last - first + 1 }, (_, at) => first + at).filter((page) => !this.pages.has(page) && !this.asked.has(page))
  }

  /* Forget what is farthest from the page *here*. */
  forget(here) {
    const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - here) - Math.abs(a - here))
    for (const page of far.slice(0, Math.max(0, this.pages.size - KEPT))) this.pages.delete(page)
  }
}
