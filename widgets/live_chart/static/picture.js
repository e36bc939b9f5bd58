/* The picture: lines on a canvas, an axis of numbers and one of time. Draws when it is told to, and keeps nothing but its colours. */
const ROOM = { left: 52, right: 8, top: 8, bottom: 20 }

const FINEST = 1e-12 // of the largest number: finer steps are none, for adding one to such a number changes nothing
const LARGEST = 1e300

/* Steps of 1, 2 or 5 times a power of ten, about *count* between *least* and *most*; of numbers of any size. */
export function ticks(least, most, count) {
  const size = Math.max(Math.abs(least), Math.abs(most))
  const rough = Math.max((most - least) / count || 1, size * FINEST)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough
  const found = []
  const first = Math.ceil(least / step)
  for (let number = 0; number <= 4 * count; number += 1) {
    const one = (first + number) * step
    if (!(one <= most + step / 1e6)) break
    found.push(Math.abs(one) < step / 1e6 ? 0 : one)
  }
  return { step, found }
}

/* What is beyond stands at the edge: between numbers further apart there is no distance that a number could say. */
export function held(one) { return Math.max(-LARGEST, Math.min(LARGEST, one)) }

export class Picture {
  constructor(canvas, spec) {
    Object.assign(this, { canvas, spec, width: 0, height: 0, context: canvas.getContext("2d") })
    const language = document.documentElement.lang || undefined
    this.short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 2 })
    this.look()
  }

  /* Read the colours of the theme: whenever it changes, never for a frame. */
  look() {
    const style = getComputedStyle(this.canvas)
    const colour = (name) => style.getPropertyValue(name).trim()
    this.colours = this.spec.lines.map((_, at) => colour(`--nx-chart-${at + 1}`))
    Object.assign(this, { grid: colour("--nx-chart-grid"), label: colour("--nx-chart-label"), font: `11px ${style.fontFamily}` })
  }

  measure(width, height) {
    const ratio = window.devicePixelRatio || 1
    Object.assign(this, { width, height, steps: Math.max(2, Math.min(5, Math.floor(height / 48))) })
    Object.assign(this.canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) })
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0)
  }

  draw(buffer, now) {
    const { context, width, height } = this
    if (!width || !height) return
    context.clearRect(0, 0, width, height)
    Object.assign(context, { font: this.font, lineWidth: 1, fillStyle: this.label, strokeStyle: this.grid })
    const begin = now - this.spec.seconds * 1000
    const first = buffer.from(begin)
    const bounds = this.bounds(buffer.range(first))
    const x = (at) => ROOM.left + ((at - begin) / (now - begin)) * (width - ROOM.left - ROOM.right)
    const y = (one) => height - ROOM.bottom - ((one - bounds[0]) / (bounds[1] - bounds[0])) * (height - ROOM.top - ROOM.bottom)
    this.axes(bounds, y)
    context.save()
    context.beginPath()
    context.rect(ROOM.left, 0, width - ROOM.left - ROOM.right + 2, height - ROOM.bottom + 2)
    context.clip()
    Object.assign(context, { lineWidth: 2, lineJoin: "round" })
    buffer.lines.forEach((line, at) => this.line(buffer, line, this.colours[at], first, x, y))
    context.restore()
  }

  bounds(range) {
    let [least, most] = range ?? [0, 1]
    if (this.spec.zero) [least, most] = [Math.min(0, least), Math.max(0, most)]
    const { step } = ticks(least, most, this.steps)
    least = Math.floor(least / step) * step // whole steps, so that the axis does not tremble with each number
    most = Math.ceil(most / step) * step
    return least < most ? [least, most] : [least - step, most + step]
  }

  axes([least, most], y) {
    const { context, width, height, spec } = this
    const { found } = ticks(least, most, this.steps)
    Object.assign(context, { textAlign: "right", textBaseline: "middle" })
    context.beginPath()
    for (const one of found) {
      const at = Math.round(y(one)) + 0.5
      context.moveTo(ROOM.left, at)
      context.lineTo(width - ROOM.right, at)
      context.fillText(this.short.format(one), ROOM.left - 8, at)
    }
    context.stroke()
    context.textBaseline = "alphabetic"
    for (const [share, align] of [[0, "left"], [0.5, "center"], [1, "right"]]) {
      context.textAlign = align
      const ago = Math.round(spec.seconds * (1 - share))
      context.fillText(ago ? `−${ago >= 120 && ago % 60 === 0 ? `${ago / 60} min` : `${ago} s`}` : "now", ROOM.left + share * (width - ROOM.left - ROOM.right), height - 4)
    }
  }

  line(buffer, line, colour, first, x, y) {
    const { context } = this
    context.strokeStyle = colour
    context.beginPath()
    let [pen, column, least, most, last] = [false, NaN, 0, 0, 0]
    const within = () => { for (const one of least < most ? [least, most, last] : []) context.lineTo(column, y(one)) }
    for (let number = first; number < buffer.size; number += 1) {
      const place = buffer.place(number)
      const [one, at] = [line[place], x(buffer.at[place])]
      if (pen && at - column < 1 && !Number.isNaN(one)) { // many in one column of the screen: how far they reach is all that is seen
        [least, most, last] = [Math.min(least, one), Math.max(most, one), one]
        continue
      }
      within()
      if (!Number.isNaN(one)) context[pen ? "lineTo" : "moveTo"](at, y(one));
      [pen, column, least, most, last] = [!Number.isNaN(one), at, one, one, one]
    }
    within()
    context.stroke()
  }
}
