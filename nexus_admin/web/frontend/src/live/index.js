/* Pages that follow what others change. Loaded after the page, and only where something on it follows.
 *
 *   data-live="TOPIC …"    on a part: what it follows
 *   data-live-as="list"    what it is: list, things, record, form, widget, broker, here, numbers, files; see the file of that name
 * <meta name="nx-live" content="/live" data-since="…" data-looks="…"> says where to listen, since when the page knows, and what it wears. */
import { broker } from "./broker.js"
import { cells } from "./cells.js"
import { channel } from "./channel.js"
import { files } from "./files.js"
import { form } from "./form.js"
import { here } from "./here.js"
import { list } from "./list.js"
import { record } from "./record.js"
import { voice } from "./say.js"
import { things } from "./things.js"
import { widget } from "./widget.js"

/* A part that a script of its own fills: it hears the news as an event, and of what it may have missed. */
const numbers = {
  hear: (part, news) => part.dispatchEvent(new CustomEvent("nx:news", { detail: news })),
  again: (part) => part.dispatchEvent(new CustomEvent("nx:missed")),
}

const kindsOf = (tools, say) => ({ numbers, broker: broker(), files: files(tools), form: form(tools), here: here(tools, say), list: list(tools, say), record: record(tools), things: things(tools), widget: widget(tools) })
const parts = () => [...document.querySelectorAll("[data-live]")]
const topicsOf = (part) => part.dataset.live.split(" ").filter(Boolean)

/* *tools* are those of the first script: { counted, debounced, getFragment, icon, make, meta, morph, renew }. */
export function live(tools) {
  const kinds = kindsOf(tools, voice(tools))
  const { content, dataset } = document.querySelector('meta[name="nx-live"]')
  const line = channel(new URL(content, document.baseURI).href, Number(dataset.since), hear, follows)
  document.head.append(tools.make("link", { rel: "stylesheet", href: dataset.looks }))
  let followed = ""
  cells(tools, (row) => kinds.list.hear(row.closest("[data-live-rows]"), [{ key: row.dataset.row, what: "updated", mine: true }]))

  function hear(told) {
    for (const part of parts()) {
      const kind = kinds[part.dataset.liveAs]
      if (told.gap || (told.many && topicsOf(part).includes(told.topic))) kind?.again(part, told)
      else if (topicsOf(part).includes(told.topic)) kind?.hear(part, told.news)
    }
  }

  /* The line is open, and these topics are followed; none where it is lost. Parts that would ask by themselves need not then. */
  function follows(topics) {
    for (const part of parts()) {
      const heard = topicsOf(part).some((topic) => topics.includes(topic))
      part.dispatchEvent(new CustomEvent("nx:follows", { detail: heard }))
    }
  }

  function look() {
    const topics = [...new Set(parts().flatMap(topicsOf))].slice(0, 50)
    if (topics.join() === followed) return
    followed = topics.join()
    line.follow(topics)
  }

  new MutationObserver(tools.debounced(look, 200)).observe(document.body, { childList: true, subtree: true })
  look()
}
