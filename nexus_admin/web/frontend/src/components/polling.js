/* x-data="polling" around a part with an id: fetched again every so often and merged in, so that what is open or ticked stays.
 *
 *   data-part="ID" data-every="2000"   which part, and how often
 *   [data-polling]                     a checkbox inside: off while it is not ticked
 * It rests while the window is hidden, while something is written or ticked, and while a menu or a text is open; an hour after
 * the last touch it ticks the box off. */
import Alpine from "@alpinejs/csp"

import { typing } from "../dom.js"
import { getFragment } from "../request.js"

const TOUCHES = ["pointermove", "pointerdown", "keydown", "scroll"]
const BUSY = "[data-pick]:checked, [name=ids]:checked, [name=seqs]:checked, [popover]:popover-open, details[open]"

const HOUR = 3_600_000

export default () => ({
  timer: null, asked: false, touched: 0, ontouch: null,

  init() {
    this.ontouch = () => { this.touched = Date.now() }
    this.ontouch()
    for (const event of TOUCHES) document.addEventListener(event, this.ontouch, { passive: true })
    this.timer = setInterval(() => this.again(), Number(this.$root.dataset.every))
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

  async again() {
    if (this.rests) return
    const { part } = this.$root.dataset
    this.asked = true
    const content = await getFragment(location.href, part).catch(() => null)
    this.asked = false
    const old = document.getElementById(part)
    const fresh = content?.getElementById(part)
    if (old && fresh && !this.rests) Alpine.morph(old, fresh)
  },
})
