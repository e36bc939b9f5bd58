/* Parts of a page that load on their own and fail on their own.
 *
 *   data-fragment="URL"    on an element with aria-busy="true": fetched when it comes near the window (part "fragment"). The answer's element
 *                          with the id of this one, or of the nearest ancestor that has one there, takes its place; without such an id the
 *                          answer becomes the content
 *   data-failed, data-again    what is said when it does not come ("This did not load."), and the button's text ("Try again") */
import { make } from "./dom.js"
import { getFragment } from "./request.js"

const NEAR = "300px"

/* Where *content* belongs: the closest element of the page, from *element* up, whose id it brings. */
function pair(element, content) {
  for (let old = element; old && old !== document.body; old = old.parentElement) {
    const fresh = old.id && content.getElementById(old.id)
    if (fresh) return [old, fresh]
  }
  return [null, null]
}

async function load(element) {
  const { fragment, failed = "This did not load.", again = "Try again" } = element.dataset
  element.setAttribute("aria-busy", "true")
  try {
    const content = await getFragment(fragment, "fragment")
    const [old, fresh] = pair(element, content)
    if (fresh?.querySelector("[data-fragment]") ?? fresh?.dataset.fragment) throw new Error("still waiting")
    if (fresh) old.replaceWith(fresh)
    else element.replaceChildren(content)
  } catch {
    const button = make("button", { type: "button", class: "nx-btn nx-btn--sm" }, again)
    button.addEventListener("click", () => load(element))
    element.replaceChildren(make("div", { class: "nx-widget__error", role: "status" }, make("p", {}, failed), button))
  }
  element.removeAttribute("aria-busy")
}

/* Fetch a part anew from its data-alone; the old one stays until the answer is there, and for good where none comes. */
export async function renew(element) {
  element.setAttribute("aria-busy", "true")
  const content = await getFragment(element.dataset.alone, "fragment").catch(() => null)
  const fresh = content?.getElementById(element.id)
  if (fresh) element.replaceWith(fresh)
  else element.removeAttribute("aria-busy")
}

export function late(Alpine) {
  const near = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue
      near.unobserve(target)
      load(target)
    }
  }, { rootMargin: NEAR })
  Alpine.addInitSelector(() => "[data-fragment]")
  Alpine.interceptInit((element) => { if (element.dataset?.fragment) near.observe(element) })
}
