/* The next page, asked for a moment before somebody opens it: swap.js takes the answer from here.
 *
 *   a[rel="next"][data-swap]    its address is fetched once the pointer has rested on it or the focus is on it, or it is pressed
 *
 * What nobody comes near is never asked for. One answer is held, for one use and for a few seconds, in this page alone: answers are
 * kept by no cache. Whatever is wrong with it, the click asks as if there were none. */

const REST = 80
const KEPT = 5000

let held = null
let waiting
let opened = false // the page before was opened from here, and the pointer only stayed: no sign that the next one is wanted

function drop() {
  held?.stop.abort()
  held = null
}

/* The part of the page that a swap fills, with all that are taken from every answer. */
function parts(ids) {
  const wanted = ids.split(" ")
  const always = [...document.querySelectorAll("[x-sync]")].map((one) => one.id).filter((id) => !wanted.includes(id))
  return [...wanted, ...always].join(" ")
}

function ask(link, headers) {
  const ids = link.dataset.swap
  const usable = held?.url === link.href && performance.now() - held.at < KEPT
  // A list that is being fetched right now will have another next page.
  if (!link.isConnected || usable || document.getElementById(ids.split(" ")[0])?.ariaBusy === "true") return
  drop()
  const [stop, wanted] = [new AbortController(), parts(ids)]
  const answer = fetch(link.href, { headers: headers(wanted), signal: stop.signal, priority: "low" })
  answer.catch(() => {}) // said when somebody takes it
  held = { url: link.href, wanted, stop, answer, at: performance.now() }
}

/* The answer to the library's *request*, null where none is held. */
export function taken(request) {
  const one = held
  if (!one) return null
  const fits = request.method === "GET" && request.action === one.url && request.headers["X-Nexus-Fragment"] === one.wanted
  if (!fits || performance.now() - one.at > KEPT) {
    drop()
    return null
  }
  held = null
  clearTimeout(waiting) // pressing the link put the focus on it
  opened = true
  const again = () => fetch(request.action, request)
  return one.answer.then((answer) => (answer.ok && !answer.redirected ? answer : again()), again)
}

/* *headers(parts)* are those of a swap that stops nothing in the database, and is stopped by nothing: nobody asked for it yet. */
export function ahead(headers) {
  let pressed
  const near = (event) => {
    clearTimeout(waiting)
    const link = event.target.closest?.('a[rel="next"][data-swap]')
    const [over, place] = [event.type === "pointerover", `${event.clientX} ${event.clientY}`]
    if (event.type === "pointerdown") pressed = place
    if (over && place === pressed) return // the page moved, not the pointer
    if (over) pressed = null
    if (over && !link) opened = false
    if (!link || (over && opened) || navigator.connection?.saveData) return
    if (event.type === "pointerdown") ask(link, headers)
    else if (event.pointerType !== "touch") waiting = setTimeout(ask, REST, link, headers)
  }
  for (const name of ["pointerover", "focusin", "pointerdown"]) document.addEventListener(name, near)
  document.addEventListener("submit", drop)
}
