/* A list of what moves by itself, such as jobs: fetched anew when something moved, and rows that stand here change where they stand. What
 * is new waits behind a button; nothing moves. What is no longer among the first stays until the list is loaded again.
 *
 * data-live-quiet    on the list: figures go on all the time, so none of them flashes */
import { patch, rowsOf } from "./list.js"
import { gathered } from "./moments.js"

const APART = 1000

export function things({ counted, getFragment }) {
  const asks = new WeakMap()

  async function work(part) {
    const content = await getFragment(location.href, "list").catch(() => null)
    if (!content || !part.isConnected) return
    const [here, now] = [rowsOf(part), rowsOf(content)]
    for (const [key, row] of here) if (now.has(key)) patch(row, now.get(key))
    if ("liveQuiet" in part.dataset) for (const cell of part.querySelectorAll(".is-fresh")) cell.classList.remove("is-fresh")
    for (const name of [".nx-brokers__states", ".nx-gridfoot > span"]) {
      const [old, next] = [part.querySelector(name), content.querySelector(name)]
      if (old && next && old.innerHTML !== next.innerHTML) old.replaceChildren(...next.childNodes)
    }
    const fresh = [...now.keys()].filter((key) => !here.has(key)).length
    const link = part.querySelector("[data-live-new]")
    if (!link) return
    link.hidden = !fresh
    if (fresh) link.textContent = counted(link, fresh)
  }

  function moved(part) {
    if (!asks.has(part)) asks.set(part, gathered(() => work(part), APART))
    asks.get(part)()
  }
  return { hear: moved, again: moved }
}
