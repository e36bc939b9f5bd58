/* Parts of the page that are fetched and put in place of the old ones.
 *
 * Our own names stand in front of the library that does it, so that it can be replaced:
 *   data-swap="list pager"       on a link or form: take these ids from the answer; the rest of the page stays
 *   data-swap-history="push"     the address changes too ("replace": without a step back); said of all that is within, too
 *   data-merge="replace"         on a part: how the new one comes in ("morph" unless said; "append", "update" …)
 *   data-swap-always             on a part with an id: taken from every answer that has it (counts, messages)
 *   data-region                  on a part: shows a thin bar while it is fetched
 *   data-row="KEY"               on rows and cards: what makes one the same as before (an id does so too)
 * The server sees X-Nexus-Fragment with the ids that are wanted. Whatever goes wrong ends in a plain page load.
 * Fires "nx:swapped" on each new part. */
import ajax from "@imacrayon/alpine-ajax"

import { ahead, taken } from "./ahead.js"
import { meta, WINDOW } from "./request.js"

/* The address without what a component of the page follows by itself (the record in the drawer). */
function page() {
  const url = new URL(location.href)
  url.searchParams.delete("peek")
  url.hash = ""
  return url.href
}

/* Back and forward load the page anew where the address is another page's. The library does so for the entries that it
 * made, but not for the one before them; so its mark is taken off and the decision is ours. */
function ownHistory() {
  let shown = page()
  addEventListener("ajax:after", () => {
    shown = page()
    history.replaceState({}, "")
  })
  addEventListener("popstate", () => {
    if (page() !== shown) location.reload()
  })
}

/* An answer that came after its parts were asked for anew is let go: the library would still write its address into the history.
 * Such a one is often none at all, because the server stops a query that its window asks anew. */
function latestOnly() {
  const [parts, latest] = [new Map(), new Map()] // address to parts, parts to the address that was asked for last
  document.addEventListener("ajax:send", ({ detail }) => {
    if (detail.method !== "GET") return
    parts.set(detail.action, detail.headers["X-Alpine-Target"])
    latest.set(detail.headers["X-Alpine-Target"], detail.action)
  })
  const came = ({ detail }) => {
    const wanted = parts.get(detail.url)
    parts.delete(detail.url)
    if (wanted !== undefined && latest.get(wanted) !== detail.url) detail.html = null
  }
  for (const name of ["ajax:success", "ajax:error"]) document.addEventListener(name, came)
}

const asked = (parts) => ({ "X-Nexus-Request": "1", "X-Nexus-Fragment": parts })

export function swap(Alpine) {
  const morph = Alpine.morph
  const key = (element) => element.dataset?.row ?? (element.id || null)
  Alpine.morph = (from, to, options) => morph(from, to, { key, ...options })
  ajax.configure({ mergeStrategy: "morph" })
  ajax(Alpine)
  Alpine.addInitSelector(() => "[data-swap]")
  Alpine.addInitSelector(() => "[data-merge]")
  Alpine.interceptInit((element) => {
    const { swap: ids, swapHistory: history, merge, swapAlways: always } = element.dataset ?? {}
    const said = history ?? (ids === undefined ? "" : element.closest("[data-swap-history]")?.dataset.swapHistory)
    if (ids !== undefined) element.setAttribute(said ? `x-target.${said}` : "x-target", ids)
    if (merge) element.setAttribute("x-merge", merge)
    if (always !== undefined) element.setAttribute("x-sync", "")
  })
  document.addEventListener("ajax:send", ({ detail }) => {
    Object.assign(detail.headers, asked(detail.headers["X-Alpine-Target"]), { "X-Nexus-Window": WINDOW })
    if (detail.method !== "GET" && meta("nx-csrf")) detail.headers["X-CSRF-Token"] = meta("nx-csrf")
    detail.answer = taken(detail) // what the library takes instead of asking: see build.mjs
  })
  latestOnly()
  ahead(asked)
  ownHistory()
  document.addEventListener("ajax:merged", ({ target }) => {
    target.dispatchEvent(new CustomEvent("nx:swapped", { bubbles: true }))
  })
}
