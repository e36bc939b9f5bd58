/* x-data="polling" around a part with an id: fetched again whenever something moved there, and merged in, so that what is open or ticked
 * stays. What it follows (data-live, data-live-as="broker") is said over the page's one line; without one it is fetched every so often.
 *
 *   data-part="ID" data-every="2000"   which part, and how often where nobody says that something moved
 *   [data-polling]                     a checkbox inside: off while it is not ticked
 *   [data-polling-said]                how it goes on: its data-follows, data-polls or data-rests is put there
 * It rests while the window is hidden, while something is written or ticked, while a menu or a text is open, and while the pointer is
 * over what would move away under it ([data-tail]); an hour after the last touch it ticks the box off. A details[data-tree] stays as people
 * left it, and nothing rests for it. */
import Alpine from "@alpinejs/csp"

import { typing } from "../dom.js"
import { getFragment } from "../request.js"

const TOUCHES = ["pointermove", "pointerdown", "keydown", "scroll"]
const BUSY = "[data-pick]:checked, [name=ids]:checked, [name=seqs]:checked, [popover]:popover-open, details[open]:not([data-tree]), [data-tail]:hover"

const HOUR = 3_600_000
const APART = 400 // milliseconds between two fetches, at least

/* What people opened in a tree stays open, whatever the server would show at first. */
function kept(now, next) {
  if (now.matches?.("details[data-tree]")) next.open = now.open
}

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  timer: null, asked: false, touched: 0, ontouch: null, followed: false, moved: false, last: 0,

  init() {
    this.ontouch = () => { this.touched = Date.now() }
    this.ontouch()
    this.last = Date.now()
    for (const event of TOUCHES) document.addEventListener(event, this.ontouch, { passive: true })
    this.$root.addEventListener("nx:follows", ({ detail }) => {
      this.followed = detail
      this.tell()
    })
    this.$root.addEventListener("nx:moved", () => {
      this.moved = true
      this.again()
    })
    this.$root.addEventListener("change", () => this.tell())
    this.timer = setInterval(() => this.again(), APART)
  },

  destroy() {
    clearInterval(this.timer)
    for (const event of TOUCHES) document.removeEventListener(event, this.ontouch)
  },

  get rests() {
    const { activeElement } = document
    const box = this.$root.querySelector("[data-polling]")
    if (box?.checked && Date.now() - this.touched > HOUR) box.checked = false // nobody is here: a session should not go on for that
    return box?.checked === false || this.asked || document.hidden || typing(activeElement) || Boolean(getSelection()?.toString())
      || this.$root.querySelector(BUSY) !== null
  },

  get due() { return Date.now() - this.last >= (this.moved ? APART : this.followed ? Infinity : Number(this.$root.dataset.every)) },

  tell() {
    const said = this.$root.querySelector("[data-polling-said]")
    const off = this.$root.querySelector("[data-polling]")?.checked === false
    if (said) said.textContent = off ? said.dataset.rests : this.followed ? said.dataset.follows : said.dataset.polls
  },

  async again() {
    if (!this.due || this.rests) return
    const { part } = this.$root.dataset
    this.asked = true
    this.moved = false
    this.last = Date.now()
    const content = await getFragment(location.href, part).catch(() => null)
    this.asked = false
    const old = document.getElementById(part)
    const fresh = content?.getElementById(part)
    if (!old || !fresh) return // the server does not answer now, or the part is gone: at the next time
    if (this.rests) this.moved = true
    else Alpine.morph(old, fresh, { updating: kept, key: (part) => part.dataset?.row })
  },
})
