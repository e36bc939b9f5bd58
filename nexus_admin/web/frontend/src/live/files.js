/* While a project is written: once its files have changed, the page is as they have it now. What is typed and where one is stays. */
const PARTS = ["nx-sidebar", "main"]

const sheets = (root) => [...root.querySelectorAll('link[rel="stylesheet"]')]
const addresses = (root) => sheets(root).map((link) => link.getAttribute("href"))

export function files({ debounced, getFragment, morph }) {
  let own = addresses(document) // and not those that scripts add

  /* A stylesheet whose address is another one by now takes the place of what it was. */
  function wear(page) {
    const now = addresses(page)
    for (const link of sheets(page)) if (!own.includes(link.getAttribute("href"))) document.head.append(link.cloneNode())
    for (const link of sheets(document)) {
      const address = link.getAttribute("href")
      if (own.includes(address) && !now.includes(address)) link.remove()
    }
    own = now
  }

  async function again() {
    const page = await getFragment(location.href, "page").catch(() => null)
    const parts = PARTS.map((id) => [document.getElementById(id), page?.getElementById(id)])
    if (!parts.every(([old, fresh]) => old && fresh)) return location.reload() // what went wrong is said there
    wear(page)
    for (const [old, fresh] of parts) morph(old, fresh)
  }

  const soon = debounced(again, 50)
  return { hear: (_part, news) => (news.some(({ scripts }) => scripts) ? location.reload() : soon()), again: soon }
}
