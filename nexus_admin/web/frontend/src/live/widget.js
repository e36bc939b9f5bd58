/* A widget that follows the tables that it shows: drawn anew when their rows change, at most once a second. The old picture stays until
 * the new one is there; while the focus is in it, or a menu is open, it waits. */
import { gathered, held } from "./moments.js"

const APART = 1000

export function widget({ renew }) {
  const asks = new Map() // by the widget's id: the element itself is replaced each time

  function ask({ id }) {
    if (!asks.has(id)) {
      const now = () => document.getElementById(id)
      const busy = () => held() || now()?.contains(document.activeElement)
      asks.set(id, gathered(() => now()?.dataset.alone && renew(now()), APART, busy))
    }
    asks.get(id)()
  }

  return { hear: ask, again: ask }
}
