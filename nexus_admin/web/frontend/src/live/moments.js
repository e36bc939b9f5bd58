/* When live parts work: gathered for a moment, and not while somebody is busy with what would change under their hands. */
const BUSY = 400

/* A menu or dialog is open, a text is marked, or nobody looks. */
export function held() {
  const marked = getSelection()
  return document.hidden || Boolean(document.querySelector(":popover-open, dialog[open]")) || (marked?.type === "Range")
}

/* Return what asks for *work*: it runs once for all that was asked within a moment, *apart* milliseconds after the last time at the
 * earliest, and never twice at once. */
export function gathered(work, apart, patient = held) {
  let [timer, last, running] = [0, 0, false]
  const ask = () => { timer ||= setTimeout(go, Math.max(150, last + apart - Date.now())) }
  async function go() {
    timer = 0
    if (patient() || running) {
      timer = setTimeout(go, BUSY)
      return
    }
    running = true
    last = Date.now()
    try { await work() } finally { running = false }
  }
  return ask
}

/* Mark *element* as just changed: a flash, and for those who asked for less motion a mark that goes. */
export function fresh(element) {
  element.classList.add("is-fresh")
  clearTimeout(element.freshness)
  element.freshness = setTimeout(() => element.classList.remove("is-fresh"), 6000)
}
