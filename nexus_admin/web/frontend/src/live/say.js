/* What live parts say: by voice in a quiet region of the page, and in messages at its edge. */
import { words } from "./words.js"

const APART = 3000

/* Say *text* to those who listen, the last one of what comes within some seconds. */
export function voice({ make }) {
  const region = document.body.appendChild(make("div", { class: "nx-vh", role: "status", "aria-live": "polite", id: "nx-live-said" }))
  let [timer, last, waiting] = [0, 0, ""]
  const speak = () => {
    timer = 0
    last = Date.now()
    region.textContent = waiting
  }
  return (text) => {
    waiting = text
    timer ||= setTimeout(speak, Math.max(50, last + APART - Date.now()))
  }
}

/* A message at the edge of the page; *parts* are texts and elements, *more* buttons and forms. It takes the place of *old*. */
export function message({ icon, make }, parts, { tone = "info", glyph = "users", seconds = 12, more = [], old = null } = {}) {
  const dismiss = make("button", { type: "button", class: "nx-iconbtn", "data-dismiss": true, "aria-label": words.dismiss }, icon("x"))
  const toast = make("div", { class: "nx-toast", "data-toast": true, "data-live-toast": true, "data-tone": tone, "data-seconds": seconds, role: "status" },
    icon(glyph), make("p", {}, ...parts), ...more, dismiss)
  old?.remove()
  document.getElementById("nx-toasts")?.append(toast)
  return toast
}

/* The form that takes back what somebody else did. It is no data-undo: Ctrl Z takes back one's own. */
export function undoing({ icon, make, meta }, action, entry) {
  const hidden = (name, value) => make("input", { type: "hidden", name, value })
  const back = location.pathname + location.search
  return make("form", { method: "post", action }, hidden("_csrf", meta("nx-csrf")), hidden("entry", entry), hidden("back", back),
    make("button", { type: "submit", class: "nx-btn nx-btn--sm" }, icon("undo"), words.undo))
}
