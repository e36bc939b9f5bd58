/* How every chart looks: the one template of the house, from the tokens of the theme that is on. */

const NARROW = 400 // pixels, as in css/components/widgets.css
const EDGE = 1.5

function tokens() {
  const style = getComputedStyle(document.documentElement)
  const read = (name) => style.getPropertyValue(`--nx-${name}`).trim()
  const series = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => read(`chart-${n}`))
  const steps = [1, 2, 3, 4, 5, 6].map((n) => read(`chart-seq-${n}`))
  return { read, series, steps, sans: style.getPropertyValue("--nx-font-sans").trim() }
}

/* Plain objects, the second over the first, all the way down. */
function over(base, more) {
  const result = { ...base }
  for (const [name, value] of Object.entries(more ?? {})) {
    const both = value && base?.[name] && typeof value === "object" && typeof base[name] === "object" && !Array.isArray(value)
    result[name] = both ? over(base[name], value) : value
  }
  return result
}

/* One trace in our clothes. What the trace itself says comes last and wins. */
function dressed(given, at, theme) {
  const { nx = {}, ...trace } = given
  const color = nx.compare ? theme.series[7] : theme.series[((nx.color ?? at + 1) - 1) % 8]
  const kind = { line: "scatter", area: "scatter", donut: "pie", hbar: "bar" }[trace.type] ?? trace.type ?? "scatter"
  const base = {
    scatter: {
      mode: trace.type === "scatter" ? "markers" : "lines",
      line: { width: 1.75, color, dash: nx.compare ? "4px,4px" : "solid" },
      marker: { color, size: 6 },
      ...(trace.type === "area" || nx.area ? { fill: trace.stackgroup ? "tonexty" : "tozeroy", fillcolor: faded(color) } : {}),
    },
    bar: { marker: { color, cornerradius: 2 }, ...(trace.type === "hbar" ? { orientation: "h" } : {}) },
    pie: { hole: trace.type === "donut" ? 0.66 : 0, sort: false, direction: "clockwise", textinfo: "none", marker: { colors: theme.series, line: { color: theme.read("color-surface"), width: 2 } } },
    heatmap: { colorscale: theme.steps.map((step, n) => [n / (theme.steps.length - 1), step]), showscale: false, xgap: 1, ygap: 1 },
    histogram: { marker: { color, cornerradius: 2 } },
    box: { line: { width: 1.25, color }, fillcolor: "transparent" },
  }[kind] ?? {}
  return over({ ...base, hoverlabel: { namelength: 24 } }, { ...trace, type: kind })
}

/* A colour of the tokens (#rrggbb) with little ink. */
function faded(color) {
  const [red, green, blue] = [1, 3, 5].map((from) => parseInt(color.slice(from, from + 2), 16))
  return `rgba(${red}, ${green}, ${blue}, 0.14)`
}

function frame(theme, { width, height }, round) {
  const axis = {
    color: theme.read("chart-label"),
    gridcolor: theme.read("chart-grid"),
    zerolinecolor: theme.read("chart-axis"),
    linecolor: theme.read("chart-axis"),
    tickfont: { size: 11, color: theme.read("chart-label") },
    automargin: true,
    fixedrange: true,
    ticks: "",
  }
  const spike = { spikecolor: theme.read("chart-axis"), spikethickness: 1, spikedash: "solid" }
  return {
    width,
    height,
    autosize: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    colorway: theme.series,
    font: { family: theme.sans, size: 11, color: theme.read("chart-label") },
    margin: round ? { l: 8, r: 8, t: 8, b: 8 } : { l: 44, r: 8, t: 8, b: 22 },
    showlegend: false,
    bargap: 0.32,
    hovermode: round ? "closest" : "x unified",
    hoverlabel: { bgcolor: theme.read("color-surface-raised"), bordercolor: theme.read("color-border"), font: { family: theme.sans, size: 12, color: theme.read("color-text") } },
    xaxis: { ...axis, ...spike, showgrid: false, zeroline: false, showline: true },
    yaxis: { ...axis, showgrid: true, zeroline: true, showline: false },
    dragmode: false,
  }
}

/* The axes of the server's picture: in a narrow one every second name below goes. Plotly leaves out a line at the very edge, so
 * the plane is a little higher, and the values with it. */
function still(axes, { width, height }, margin) {
  const { xaxis, yaxis } = axes
  const stays = (_, at) => width >= NARROW || at % 2 === 0
  const names = { tickvals: xaxis.tickvals.filter(stays), ticktext: xaxis.ticktext.filter(stays) }
  const [low, high] = yaxis.range
  const range = [low, high + (high - low) * (EDGE / (height - margin.t - margin.b))]
  return {
    xaxis: { ...xaxis, ...names, automargin: false, ticklabelstandoff: 3 },
    yaxis: { ...yaxis, range, automargin: false, ticklabelstandoff: 7 },
    margin: { ...margin, ...axes.margin, t: margin.t - EDGE },
  }
}

/* What Plotly draws: *spec* in our clothes at *size*, without the series whose positions are in *hidden*. */
export function drawing(spec, size, hidden) {
  const theme = tokens()
  const data = spec.data.map((trace, at) => ({ ...dressed(trace, at, theme), visible: hidden.has(at) ? "legendonly" : true }))
  const round = data.every((trace) => trace.type === "pie")
  const lying = data.some((trace) => trace.orientation === "h")
  let layout = frame(theme, size, round)
  if (lying) layout = over(layout, { hovermode: "y unified", xaxis: { showgrid: true, showline: false }, yaxis: { showgrid: false, zeroline: false, showline: true, showspikes: false, autorange: "reversed" } })
  layout = over(layout, spec.layout)
  if (spec.axes && !hidden.size) layout = over(layout, still(spec.axes, size, layout.margin))
  return { data, layout, config: { displayModeBar: false, responsive: false, doubleClick: false } }
}
