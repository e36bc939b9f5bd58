/* Where a floating thing goes: below its button, above it where there is no room, never past the window's edge.
 *
 * Lengths are set through the CSS object model, which a content security policy allows; a style attribute it does not. */

const GAP = 4
const EDGE = 8

export function place(anchor, panel, { align = "start" } = {}) {
  const from = anchor.getBoundingClientRect()
  const size = panel.getBoundingClientRect()
  const mirrored = getComputedStyle(anchor).direction === "rtl"
  const atStart = (align === "start") !== mirrored
  const left = atStart ? from.left : from.right - size.width
  const below = from.bottom + GAP
  const above = from.top - GAP - size.height
  const fits = below + size.height <= innerHeight - EDGE || above < EDGE
  panel.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - EDGE - size.width))}px`
  panel.style.top = `${Math.max(EDGE, fits ? below : above)}px`
}
