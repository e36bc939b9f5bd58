/* Requests of the page's own components: same origin, with the token that the server put into the page.
 *
 * Reads <meta name="nx-csrf" content="…">. Every request says that it comes from a script, so that the server
 * can answer with a fragment or JSON instead of a page. */

export function meta(name) {
  return document.querySelector(`meta[name="${name}"]`)?.content ?? ""
}

/* This window, as long as it shows this page: what it asks for anew takes the place of what it asked before, and the server
 * stops the earlier query. Two windows on one list do not stop each other. */
export const WINDOW = crypto.getRandomValues(new Uint32Array(2)).join("-")

function headers(more) {
  const token = meta("nx-csrf")
  return { "X-Nexus-Request": "1", "X-Nexus-Window": WINDOW, ...(token ? { "X-CSRF-Token": token } : {}), ...more }
}

/* Fetch JSON; null where the answer is not one. */
export async function getJSON(url, { signal } = {}) {
  const answer = await fetch(url, { signal, credentials: "same-origin", headers: headers({ Accept: "application/json" }) })
  if (answer.ok) return answer.json()
  await answer.body?.cancel() // else the browser keeps waiting for somebody to read it
  return null
}

/* Fetch HTML and return it as a fragment; *part* tells the server which part of the page is wanted. */
export async function getFragment(url, part, { signal } = {}) {
  const answer = await fetch(url, { signal, credentials: "same-origin", headers: headers({ Accept: "text/html", "X-Nexus-Fragment": part }) })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`)
  const template = document.createElement("template")
  template.innerHTML = await answer.text()
  return template.content
}

/* Send JSON and return the answer's JSON. */
export async function sendJSON(url, data, { method = "POST" } = {}) {
  const answer = await fetch(url, {
    method,
    credentials: "same-origin",
    headers: headers({ Accept: "application/json", "Content-Type": "application/json" }),
    body: JSON.stringify(data),
  })
  return { ok: answer.ok, status: answer.status, data: await answer.json().catch(() => null) }
}

/* *url* with *values* set in its query string; an empty value takes the name out. */
export function withQuery(url, values) {
  const full = new URL(url, document.baseURI)
  for (const [name, value] of Object.entries(values)) {
    if (value === "" || value == null) full.searchParams.delete(name)
    else full.searchParams.set(name, value)
  }
  return full.href
}

/* Say something at the edge of the page: see components/toast.js. */
export function say(text, tone = "success") {
  document.dispatchEvent(new CustomEvent("nx:toast", { detail: { text, tone } }))
}
