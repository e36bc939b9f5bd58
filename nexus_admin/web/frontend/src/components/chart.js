/* x-data="chart" on an element with [data-chart] and a size: the chart library's drawing, fetched when somebody comes near.
 *
 * Expects inside a <script type="application/json"> with the chart's description, see ../chart/plot.js, and
 * [data-picture]   the server's drawing of it: seen until then, and when nothing comes. Near is a pointer that stays in the card for a
 *                  moment, the focus, or a tap beside the marks, which are links. Without a picture: what comes near the window
 * The card is the closest [data-chart-box] or .nx-widget. */
import { debounced, make } from "../dom.js"
import { meta } from "../request.js"

const MOMENT = 120 // milliseconds: who only passes by does not wait for anything

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  gone: null, plot: null, timer: 0, window: null,

  init() {
    this.gone = new AbortController()
    if (this.$root.querySelector("[data-picture]")) return this.await(this.box)
    this.window = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) this.begin() }, { rootMargin: "200px" })
    this.window.observe(this.$root)
    return undefined
  },

  destroy() {
    this.stop()
    this.plot?.then((plot) => plot?.end())
  },

  get box() { return this.$root.closest("[data-chart-box], .nx-widget") ?? this.$root.parentElement },

  await(box) {
    const { signal } = this.gone
    box.addEventListener("pointerover", ({ pointerType }) => { if (pointerType !== "touch") this.timer ||= setTimeout(() => this.begin(), MOMENT) }, { signal })
    box.addEventListener("pointerleave", () => { this.timer = clearTimeout(this.timer) }, { signal })
    for (const name of ["focusin", "click"]) box.addEventListener(name, () => this.begin(), { signal })
  },

  stop() {
    clearTimeout(this.timer)
    this.gone.abort()
    this.window?.disconnect()
  },

  begin() {
    this.stop()
    this.plot ??= import("../chart/plot.js").then(({ plot }) => plot(this.$root, this.box, { debounced, make, meta })).catch(() => null)
  },
})
