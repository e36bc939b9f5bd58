/* Small pieces of the page, made and found. */
import { meta } from "./request.js"

const SVG = "http://www.w3.org/2000/svg"

/* Make an element: make("span", { class: "nx-tag", role: "option" }, "text", child). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value)
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""))
  return element
}

/* An icon of the sprite that <meta name="nx-icons"> names; *name* without the prefix nx-. */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("class", `nx-icon ${extra}`.trim())
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS(SVG, "use")
  use.setAttribute("href", `${meta("nx-icons")}#nx-${name}`)
  svg.append(use)
  return svg
}

/* *text* with every occurrence of *query* in a <mark>, as nodes. */
export function marked(text, query) {
  if (!query) return [text]
  const found = text.toLocaleLowerCase().indexOf(query.toLocaleLowerCase())
  if (found < 0) return [text]
  const end = found + query.length
  return [text.slice(0, found), make("mark", {}, text.slice(found, end)), text.slice(end)]
}

/* Whether keys typed now belong to a field, so that single letters are not commands. */
export function typing(target) {
  return target instanceof Element && Boolean(target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]:not([contenteditable=false])"))
}

/* A sentence with a count in it: the element's data-one or data-many, with {n} in figures of the page's language. */
export function counted(element, count) {
  const pattern = (count === 1 ? element.dataset.one : element.dataset.many) ?? "{n}"
  return pattern.replace("{n}", count.toLocaleString(document.documentElement.lang || undefined))
}

/* One visible, focusable thing after another inside *root*. */
export function focusable(root) {
  const all = root.querySelectorAll("a[href], button:not([disabled]), input:not([disabled], [type=hidden]), select:not([disabled]), textarea:not([disabled]), [tabindex]:not([tabindex='-1'])")
  return [...all].filter((element) => element.getClientRects().length > 0)
}

/* Call *work* once the caller has been quiet for *wait* milliseconds. */
export function debounced(work, wait) {
  let timer = 0
  return (...given) => {
    clearTimeout(timer)
    timer = setTimeout(() => work(...given), wait)
  }
}
