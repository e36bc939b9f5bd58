/* A list that follows: rows change where they stand, new ones wait behind a button, deleted ones stay and say so. Nothing moves.
 *
 * data-live-rows="URL"    on the list: gives some of its rows, by &keys=1+2, as they stand in this list now
 * [data-live-new]         in it: the link that shows the new rows, hidden; data-one, data-many, data-unsure where nobody knows how many */
import { fresh, gathered } from "./moments.js"
import { words } from "./words.js"

const SOME = 100
const NARROWING = ["filter", "search"] // what a list leaves rows out by

export const rowsOf = (part) => new Map([...part.querySelectorAll("tr[data-row]")].map((row) => [row.dataset.row, row]))

/* Put what differs in *next* into *row*, but for the box that ticks it, a cell that is being changed and the cell of its actions. Whether
 * anything did. */
export function patch(row, next) {
  let differs = false
  for (let at = 0; at < row.cells.length - 1; at += 1) {
    const [old, now] = [row.cells[at], next.cells[at]]
    if (!now || old.querySelector("[data-pick], .nx-celledit") || old.innerHTML === now.innerHTML) continue
    const focus = old.contains(document.activeElement) && document.activeElement !== old
    if (old.textContent !== now.textContent || !old.textContent) {
      fresh(old)
      differs = true
    }
    old.replaceChildren(...now.childNodes)
    if (focus) old.querySelector("a, button")?.focus()
  }
  return differs
}

export function list({ counted, getFragment, make }, say) {
  const states = new WeakMap()

  function stateOf(part) {
    let state = states.get(part)
    if (!state) {
      state = { told: new Map(), fresh: new Set(), unsure: false, ask: null }
      state.ask = gathered(() => work(part, state), 400)
      states.set(part, state)
      part.addEventListener("nx:swapped", () => shown(part, state))
    }
    return state
  }

  /* The list was fetched anew: nothing waits any more. What is new in it shows for a moment. */
  function shown(part, state) {
    for (const [key, row] of rowsOf(part)) {
      row.classList.remove("is-gone", "is-away")
      if (state.fresh.has(key)) fresh(row)
    }
    state.fresh.clear()
    state.unsure = false
  }

  function gone(row, text) {
    row.classList.add(text === words.gone ? "is-gone" : "is-away")
    const mark = row.querySelector("[data-live-mark]") ?? make("span", { class: "nx-tag", "data-live-mark": true })
    mark.textContent = text
    row.querySelector("a.nx-grid__pk")?.before(mark) // in the column that is always seen
    row.querySelector("[data-pick]")?.setAttribute("disabled", "")
  }

  function there(row) {
    row.classList.remove("is-gone", "is-away")
    row.querySelector("[data-live-mark]")?.remove()
    row.querySelector("[data-pick]")?.removeAttribute("disabled")
  }

  /* The row left the list: it says so, and shows *next*, what made it leave. Whether it differs. */
  function away(row, next) {
    there(row)
    const differs = next ? patch(row, next) : false
    gone(row, words.left)
    return differs
  }

  function count(part, state) {
    const link = part.querySelector("[data-live-new]")
    if (!link) return
    link.hidden = !state.fresh.size && !state.unsure
    if (state.unsure) link.textContent = link.dataset.unsure
    else if (state.fresh.size) link.textContent = counted(link, state.fresh.size)
  }

  /* Rows as they stand in this list; of those that left it, how they stand now where nothing narrows it. */
  async function rowsNow(part, keys, narrowing = []) {
    const url = new URL(part.dataset.liveRows, document.baseURI)
    for (const name of narrowing) url.searchParams.delete(name)
    url.searchParams.set("keys", keys.join(" "))
    const content = await getFragment(url.href, "rows")
    return rowsOf(content)
  }

  async function work(part, state) {
    const told = [...state.told.values()]
    state.told.clear()
    const here = rowsOf(part)
    for (const { key, what } of told) if (what === "deleted") state.fresh.delete(key)
    for (const { key, what } of told) if (what === "deleted" && here.has(key)) gone(here.get(key), words.gone)
    const asked = told.filter(({ key, what }) => what !== "deleted" && (here.has(key) || what === "created" || what === "changed"))
    let changed = told.filter(({ key, what }) => what === "deleted" && here.has(key)).length
    for (let at = 0; at < asked.length; at += SOME) {
      const some = asked.slice(at, at + SOME)
      const now = await rowsNow(part, some.map(({ key }) => key))
      const left = some.map(({ key }) => key).filter((key) => here.has(key) && !now.has(key))
      const elsewhere = left.length ? await rowsNow(part, left, NARROWING) : now
      for (const { key, what } of some) {
        const [old, next] = [here.get(key), now.get(key)]
        if (old && next) there(old)
        if (old && next) changed += patch(old, next)
        else if (old) changed += away(old, elsewhere.get(key))
        else if (next && what === "changed") state.unsure = true // it may stand on another page
        else if (next) state.fresh.add(key)
      }
    }
    count(part, state)
    const others = told.filter(({ mine }) => !mine)
    if (others.length && changed) say(words.changedRows(others.at(-1), changed))
    else if (state.fresh.size) say(part.querySelector("[data-live-new]")?.textContent ?? "")
  }

  return {
    hear(part, news) {
      const state = stateOf(part)
      for (const told of news) {
        const before = state.told.get(told.key)
        state.told.set(told.key, before?.what === "created" && told.what === "updated" ? before : told)
      }
      state.ask()
    },
    /* Too much happened to be told, or nobody listened: look at every row that stands here. New ones may be among the others. */
    again(part, { began = false } = {}) {
      if (!began) stateOf(part).unsure = true
      this.hear(part, [...rowsOf(part).keys()].map((key) => ({ key, what: "updated", mine: true })))
    },
  }
}
