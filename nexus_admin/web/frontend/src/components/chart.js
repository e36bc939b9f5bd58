/* x-data="chart" on an element with [data-chart] and a size: draws with Plotly, which is fetched when the first chart comes near.
 *
 * Expects inside a <script type="application/json"> with { data: [Plotly traces], layout?: {…} }. A trace's customdata is one address per
 * point: a click on the mark goes there. trace.nx, all optional: { color: 1…8, compare: true (the period before: grey, dashed), area: true }.
 * trace.type "donut" is a pie with a hole; "line" and "area" are scatters. Colours, fonts and lines come from the tokens and are read again
 * when the theme changes. role="img" and aria-label belong on the element; the table of the same numbers is the server's.
 * [data-legend]         an empty .nx-legend in the same [data-chart-box] or .nx-widget: filled with a button per series (two or more)
 * [data-table-toggle]   a button there: swaps the chart with [data-chart-table] */
import { debounced, make } from "../dom.js"
import { meta } from "../request.js"
import { drawing } from "../chart/template.js"

let loading = null

/* Plotly itself, once. Its rules come as a linked stylesheet: with that in the page it adds none by script. */
function plotly() {
  loading ??= new Promise((done, failed) => {
    const id = "plotly.js-style-global"
    if (!document.getElementById(id)) document.head.append(make("link", { id, class: "no-inline-styles", rel: "stylesheet", href: meta("nx-plotly-css") }))
    const script = make("script", { src: meta("nx-plotly"), async: true })
    script.onload = () => done(window.Plotly)
    script.onerror = () => failed(new Error("The chart library did not load."))
    document.head.append(script)
  })
  return loading
}

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  canvas: null, hidden: null, near: null, plotly: null, retheme: null, size: null, spec: null,

  init() {
    this.near = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) this.begin() }, { rootMargin: "200px" })
    this.near.observe(this.$root)
    this.retheme = () => this.draw()
    document.addEventListener("nx:theme", this.retheme)
  },

  destroy() {
    this.near.disconnect()
    this.size?.disconnect()
    document.removeEventListener("nx:theme", this.retheme)
    if (this.canvas) window.Plotly?.purge(this.canvas)
  },

  get box() { return this.$root.closest("[data-chart-box], .nx-widget") ?? this.$root.parentElement },

  async begin() {
    this.near.disconnect()
    this.spec = JSON.parse(this.$root.querySelector("script[type='application/json']").textContent)
    this.hidden = new Set()
    this.$root.setAttribute("aria-busy", "true")
    this.canvas = make("div", {})
    this.$root.append(this.canvas)
    this.plotly = await plotly().catch(() => null)
    this.$root.removeAttribute("aria-busy")
    if (!this.plotly || !this.$root.isConnected) return
    await this.draw()
    this.canvas.on("plotly_click", (event) => this.drill(event))
    this.size = new ResizeObserver(debounced(() => this.draw(), 80))
    this.size.observe(this.$root)
    this.legend()
    this.box?.querySelector("[data-table-toggle]")?.addEventListener("click", (event) => this.toggleTable(event.currentTarget))
  },

  async draw() {
    if (!this.plotly || !this.$root.clientWidth) return
    const { data, layout, config } = drawing(this.spec, { width: this.$root.clientWidth, height: this.$root.clientHeight }, this.hidden)
    await this.plotly.react(this.canvas, data, layout, config)
  },

  drill(event) {
    const href = event.points.map((point) => point.customdata).flat().find((each) => typeof each === "string")
    if (!href || new URL(href, document.baseURI).origin !== location.origin) return
    if (event.event?.ctrlKey || event.event?.metaKey) window.open(href, "_blank", "noopener")
    else location.assign(href)
  },

  legend() {
    const list = this.box?.querySelector("[data-legend]")
    const series = this.spec.data.filter((trace) => trace.name)
    if (!list || series.length < 2) return
    list.replaceChildren(...series.map((trace) => {
      const at = this.spec.data.indexOf(trace)
      const color = trace.nx?.compare ? 8 : trace.nx?.color ?? (at % 8) + 1
      const button = make("button", { type: "button", "aria-pressed": "true" }, make("span", { class: "nx-swatch", "data-c": color }), trace.name)
      button.addEventListener("click", () => {
        const gone = this.hidden.delete(at) ? false : Boolean(this.hidden.add(at))
        button.setAttribute("aria-pressed", String(!gone))
        this.draw()
      })
      return make("li", {}, button)
    }))
  },

  toggleTable(button) {
    const table = this.box.querySelector("[data-chart-table]")
    if (!table) return
    table.hidden = !table.hidden
    this.$root.hidden = !table.hidden
    button.setAttribute("aria-pressed", String(!table.hidden))
    if (table.hidden) this.draw()
  },
})
