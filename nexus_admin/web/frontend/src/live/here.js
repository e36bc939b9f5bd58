/* Who else is on this record: their initials beside its title. People come and go without a sound but for the first words of each. */
import { words } from "./words.js"

const MOST = 4

export function here({ make }, say) {
  let known = new Set()
  return {
    hear(part, news) {
      const { people } = news.at(-1)
      const names = people.map(({ name }) => name)
      const faces = people.slice(0, MOST).map(({ name, initials, hue }) => make("span", { class: "nx-avatar", "data-hue": hue, title: name, "aria-hidden": "true" }, initials))
      if (people.length > MOST) faces.push(make("span", { class: "nx-avatar", "aria-hidden": "true" }, `+${people.length - MOST}`))
      part.replaceChildren(...faces)
      part.hidden = !people.length
      part.setAttribute("aria-label", names.length ? words.here(names) : "")
      const came = names.filter((name) => !known.has(name))
      if (came.length) say(words.came(came))
      known = new Set(names)
    },
    again() {},
  }
}
