/* A record that follows: its values change where they stand, with a message of who it was and, where one may, an undo.
 *
 * data-live-url="URL"     gives the record's values as they are now: [data-field] in #record-values, #record-facts, #record-badge
 * data-live-undo="URL"    where an undo is sent */
import { fresh, gathered } from "./moments.js"
import { message, undoing } from "./say.js"
import { words } from "./words.js"

const text = (element) => element?.querySelector(".nx-value__text")?.textContent ?? element?.textContent

/* Put what differs in *content* into the page; return the titles of the fields whose values did. */
function patch(content) {
  const titles = []
  for (const now of content.querySelectorAll("[data-field]")) {
    const old = document.querySelector(`#record-body [data-field="${CSS.escape(now.dataset.field)}"]`)
    if (!old || old.innerHTML === now.innerHTML) continue
    const differs = text(old) !== text(now)
    old.replaceChildren(...now.childNodes)
    if (!differs) continue
    fresh(old)
    titles.push(old.previousElementSibling?.textContent.trim() ?? now.dataset.field)
  }
  for (const id of ["record-facts", "record-badge"]) {
    const [old, now] = [document.getElementById(id), content.getElementById(id)]
    if (old && now && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes)
  }
  const [head, title] = [document.querySelector("h1.nx-pagehead__title"), content.querySelector("[data-title]")?.textContent]
  if (head && title && head.textContent !== title) {
    document.title = document.title.replace(head.textContent, title)
    head.textContent = head.title = title
  }
  return titles
}

export function record(tools) {
  let [told, ask, toast] = [null, null, null]

  async function work(part) {
    const now = told
    told = null
    if (now?.what === "deleted") {
      part.classList.add("is-gone")
      message(tools, [words.deleted(now)], { tone: "danger", glyph: "trash", seconds: 0, more: more(part, now) })
      return
    }
    const content = await tools.getFragment(part.dataset.liveUrl, "record").catch(() => null)
    if (!content) return
    const back = part.classList.contains("is-gone")
    part.classList.remove("is-gone")
    const titles = patch(content)
    if (!now || now.mine || !(titles.length || back)) return
    toast = message(tools, [back ? words.back(now) : words.changed(now, titles)], { more: more(part, now), old: toast })
  }

  const more = (part, now) => (now.entry && part.dataset.liveUndo && !now.mine ? [undoing(tools, part.dataset.liveUndo, now.entry)] : [])

  return {
    hear(part, news) {
      told = news.findLast(({ mine }) => !mine) ?? news.at(-1)
      if (news.at(-1).what === "deleted" || told.what !== "deleted") told = { ...told, what: news.at(-1).what }
      ask ??= gathered(() => work(part), 400, () => document.hidden)
      ask()
    },
    again(part) {
      told = null
      ask ??= gathered(() => work(part), 400, () => document.hidden)
      ask()
    },
  }
}
