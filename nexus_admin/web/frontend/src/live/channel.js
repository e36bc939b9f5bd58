/* The one connection of a page: a WebSocket, or server-sent events where that is blocked. It comes back by itself, and says since when it
 * knows, so that nothing is missed in between.
 *
 * channel(url, since, hear, follows) → { follow(topics), stop() }; hear(told) is called with each message, follows(topics) with what
 * is followed from now on: nothing while there is no connection. */
const OPENING = 6000 // milliseconds in which a WebSocket must have said something; else it is blocked on the way
const SILENT = 60000 // after which a connection is as good as lost: the server says something every 25 seconds
const LONGEST = 30000
const BLOCKED = "nx:live-blocked" // when a WebSocket of this tab failed: for ten minutes the others do not try
const TRY_AGAIN = 600000

function isBlocked() {
  return !("WebSocket" in window) || Date.now() - Number(sessionStorage.getItem(BLOCKED) ?? 0) < TRY_AGAIN
}

/* Both kinds say: told(text) for a message, lost(code) at the end. They give { send(topics), close() }. */
function socket(url, wish, told, lost) {
  const line = new WebSocket(url.replace(/^http/, "ws"))
  let welcomed = false
  const opening = setTimeout(() => line.close(), OPENING)
  line.onopen = () => line.send(JSON.stringify(wish()))
  line.onmessage = ({ data }) => {
    clearTimeout(opening)
    if (!welcomed) sessionStorage.removeItem(BLOCKED)
    welcomed = true
    told(data)
  }
  line.onclose = ({ code }) => {
    clearTimeout(opening)
    if (!welcomed && code < 4000) sessionStorage.setItem(BLOCKED, String(Date.now()))
    lost(code)
  }
  return {
    send: () => { if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify(wish())) },
    close: () => { line.onclose = null; clearTimeout(opening); line.close() },
  }
}

function events(url, wish, told, lost) {
  const { follow, since } = wish()
  const line = new EventSource(`${url}?follow=${encodeURIComponent(follow.join())}&since=${since}`)
  line.onmessage = ({ data }) => told(data)
  const end = (code) => { line.close(); lost(code) }
  line.addEventListener("over", ({ data }) => end(JSON.parse(data).code))
  line.onerror = () => end(1006) // asked anew by us, with what is known by then
  return { send: null, close: () => line.close() }
}

export function channel(url, since, hear, follows) {
  let [topics, line, tries, timer, watch] = [[], null, 0, 0, 0]
  const wish = () => ({ follow: topics, since })

  function told(text) {
    clearTimeout(watch)
    watch = setTimeout(() => { close(); again() }, SILENT)
    const message = JSON.parse(text)
    since = message.at ?? since
    if (message.following) {
      tries = 0
      follows(message.following)
    } else if (!message.beat) hear(message)
  }

  /* 4401: this session is over, or has a new cookie by now; the server knows. */
  async function lost(code) {
    line = null
    clearTimeout(watch)
    follows([])
    if (code === 4401 && !(await fetch(url, { credentials: "same-origin" }).catch(() => null))?.ok) return
    again()
  }

  function again() {
    clearTimeout(timer)
    timer = setTimeout(open, Math.min(LONGEST, 500 * 2 ** tries) * (0.5 + Math.random() / 2))
    tries += 1
  }

  function close() {
    clearTimeout(timer)
    clearTimeout(watch)
    if (line) follows([])
    line?.close()
    line = null
  }

  /* A stream of events takes one of the few connections that a browser has for a server: only the tab in front has one. */
  function open() {
    const blocked = isBlocked()
    if (line || !topics.length || (blocked && document.hidden)) return
    line = (blocked ? events : socket)(url, wish, told, lost)
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden && line && !line.send) close()
    else if (!document.hidden) open()
  })
  addEventListener("pagehide", close)
  addEventListener("pageshow", ({ persisted }) => { if (persisted) open() })

  return {
    follow(wanted) {
      topics = wanted
      if (line?.send && topics.length) line.send()
      else {
        close()
        open()
      }
    },
  }
}
