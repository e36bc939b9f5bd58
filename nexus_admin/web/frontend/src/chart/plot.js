/* A chart as the chart library draws it, in the place of the server's picture.
 *
 * The description is { data: [traces], layout?, axes? }. A trace's customdata is one address per point: a click on the mark goes there.
 * trace.nx, all optional: { color: 1…8, compare: true (the period before: grey, dashed), area: true }.
 * trace.type "donut" is a pie with a hole; "line" and "area" are scatters. Colours, fonts and lines come from the tokens and are read again
 * when the theme changes. axes are the picture's, kept as long as all series are shown.
 * The drawing's name is the aria-label of the root, or what the picture says; the table of the same numbers is the server's.
 * [data-legend]         in the card, an .nx-legend: filled with a button per series (two or more)
 * [data-table-toggle]   a button there: swaps the chart with [data-chart-table] */
import { drawing } from "./template.js"

let loading = null
let debounced, make, meta // of the first script: what both imported would become a third, and be waited for by every page

/* The library itself, once. Its rules come as a linked stylesheet: with that in the page it adds none by script. */
function library() {
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

/* A click on a mark goes to its rows; with Ctrl or Cmd in a window of their own. */
function drill(event) {
  const href = event.points.map((point) => point.customdata).flat().find((each) => typeof each === "string")
  if (!href || new URL(href, document.baseURI).origin !== location.origin) return
  if (event.event?.ctrlKey || event.event?.metaKey) window.open(href, "_blank", "noopener")
  else location.assign(href)
}

class Plot {
  constructor(root, box, Plotly) {
    this.root = root
    this.box = box
    this.Plotly = Plotly
    this.spec = JSON.parse(root.querySelector("script[type='application/json']").textContent)
    this.hidden = new Set()
    this.retheme = () => this.draw()
    this.size = new ResizeObserver(debounced(() => this.draw(), 80))
  }

  async begin() {
    const picture = this.root.querySelector("[data-picture]")
    const label = this.root.getAttribute("aria-label") ?? picture?.querySelector("desc")?.textContent
    this.canvas = make("div", picture ? { role: "img", "aria-label": label } : {})
    this.root.append(this.canvas)
    await this.draw()
    picture?.remove()
    this.canvas.on("plotly_click", drill)
    this.size.observe(this.root)
    document.addEventListener("nx:theme", this.retheme)
    this.legend()
    this.box?.querySelector("[data-table-toggle]")?.addEventListener("click", (event) => this.toggleTable(event.currentTarget))
  }

  end() {
    this.size.disconnect()
    document.removeEventListener("nx:theme", this.retheme)
    this.Plotly.purge(this.canvas)
  }

  async draw() {
    if (!this.root.clientWidth) return
    const { data, layout, config } = drawing(this.spec, { width: this.root.clientWidth, height: this.root.clientHeight }, this.hidden)
    await this.Plotly.react(this.canvas, data, layout, config)
  }

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
  }

  toggleTable(button) {
    const table = this.box.querySelector("[data-chart-table]")
    if (!table) return
    table.hidden = !table.hidden
    this.root.hidden = !table.hidden
    button.setAttribute("aria-pressed", String(!table.hidden))
    if (table.hidden) this.draw()
  }
}

/* Draw the chart in *root*, whose card is *box*, with *tools* of the first script; null where the library does not come or the chart has gone meanwhile. */
export async function plot(root, box, tools) {
  ({ debounced, make, meta } = tools)
  root.setAttribute("aria-busy", "true")
  const Plotly = await library().catch(() => null)
  root.removeAttribute("aria-busy")
  if (!Plotly || !root.isConnected) return null
  const made = new Plot(root, box, Plotly)
  await made.begin()
  return made
}
