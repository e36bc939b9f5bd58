/* A form that follows its record: whoever types learns that somebody else has saved it, before they do. Their fields are left alone.
 *
 * data-live-url="URL"    the record's page, to look at it in another tab */
import { message } from "./say.js"
import { words } from "./words.js"

const OWN = 3000 // one's own saving leads away from the form; where it does not, it was another window's

export function form(tools) {
  let [toast, since, ticking] = [null, 0, 0]

  function tick(time) {
    time.textContent = `${words.ago(Math.round((Date.now() - since) / 1000))}. `
    if (!time.isConnected) clearInterval(ticking)
  }

  function show(part, told) {
    since = Date.now()
    clearInterval(ticking)
    if (told.what === "deleted") {
      toast = message(tools, [words.formGone(told)], { tone: "danger", glyph: "trash", seconds: 0, old: toast })
      return
    }
    const time = tools.make("span", { "aria-live": "off", "data-live-ago": true })
    const look = tools.make("a", { class: "nx-btn nx-btn--sm", href: part.dataset.liveUrl, target: "_blank", rel: "noopener" }, words.look)
    tick(time)
    toast = message(tools, [words.saved(told, told.mine), time, tools.make("small", {}, words.asked)], { seconds: 0, more: [look], old: toast })
    ticking = setInterval(tick, 1000, time)
  }

  return {
    hear(part, news) {
      const told = news.at(-1)
      if (told.mine) setTimeout(show, OWN, part, told)
      else show(part, told)
    },
    again() {},
  }
}
