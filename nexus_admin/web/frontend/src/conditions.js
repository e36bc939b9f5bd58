/* Fields of a form that are there only under a condition: the server judges it by what stands in the form, while somebody types.
 *
 *   data-conditions="URL"      on a form: answers what is sent with { unseen: [names] }
 *   data-of="name"             on each .nx-field; data-unseen: it is not there now
 * What is not there is not demanded. All of it is sent, and the server drops what must not be: an answer of it may be under way.
 * Without scripts every field is there. */
import { debounced } from "./dom.js"
import { meta } from "./request.js"

const MOMENT = 150 // milliseconds

/* Show what is there and put the rest out of reach of the keyboard and of the browser's checks. */
function lay(form, unseen) {
  for (const field of form.querySelectorAll("[data-of]")) {
    const gone = unseen.has(field.dataset.of)
    field.toggleAttribute("data-unseen", gone)
    for (const control of field.querySelectorAll("input, select, textarea")) control.disabled = gone
  }
}

async function ask(form, asked) {
  const fields = [...form.querySelectorAll("[data-unseen] :disabled")]
  for (const field of fields) field.disabled = false // what stands there decides too, as the server will see it
  const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"))
  for (const field of fields) field.disabled = true
  const headers = { Accept: "application/json", "X-Nexus-Request": "1", "X-CSRF-Token": meta("nx-csrf") }
  const answer = await fetch(form.dataset.conditions, { method: "POST", body, headers, credentials: "same-origin", signal: asked.signal })
  if (answer.ok) lay(form, new Set((await answer.json()).unseen))
}

export function conditions(Alpine) {
  Alpine.addInitSelector(() => "[data-conditions]")
  Alpine.interceptInit((form) => {
    if (!form.dataset?.conditions) return
    let asked = new AbortController()
    const again = debounced(() => {
      asked.abort()
      asked = new AbortController()
      ask(form, asked).catch(() => {}) // the fields stay as they are, and saving judges them
    }, MOMENT)
    lay(form, new Set([...form.querySelectorAll("[data-unseen]")].map((field) => field.dataset.of)))
    for (const name of ["input", "change"]) form.addEventListener(name, again)
    form.addEventListener("reset", () => setTimeout(again))
    form.addEventListener("submit", () => {
      for (const field of form.querySelectorAll("[data-unseen] :disabled")) field.disabled = false
    }, { capture: true })
  })
}
