/* The last numbers of some lines, in a ring that never grows: what is oldest goes for what is new. */
export const MOST = 4000 // points; more than any screen has pixels across

export class Buffer {
  constructor(lines, most = MOST) {
    Object.assign(this, { most, begin: 0, size: 0, latest: 0, whole: false })
    this.at = new Float64Array(most)
    this.lines = Array.from({ length: lines }, () => new Float64Array(most))
  }

  /* Add what came at *at*, NaN for a number that was not in it. What is not newer than all there is was told before: false. */
  add(at, numbers) {
    if (at < this.latest || (at === this.latest && this.size && numbers.every((one, line) => Object.is(one, this.lines[line][this.place(this.size - 1)])))) return false
    const place = this.place(this.size)
    this.at[place] = this.latest = at
    numbers.forEach((one, line) => { this.lines[line][place] = one })
    if (this.size < this.most) this.size += 1
    else this.begin = (this.begin + 1) % this.most
    return true
  }

  place(number) { return (this.begin + number) % this.most }

  /* Something may be missing here: no line is drawn across. */
  tear() {
    if (!this.size || this.lines.every((line) => Number.isNaN(line[this.place(this.size - 1)]))) return
    this.add(this.latest + 0.001, this.lines.map(() => NaN))
  }

  /* Return the number of the first point at or after *at*, one before it where there is one: the line comes in from the edge. */
  from(at) {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.at[this.place(middle)] < at) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /* Return [least, most] of all lines from the point *first* on, null where there is no number. */
  range(first) {
    let [least, most] = [Infinity, -Infinity]
    for (const line of this.lines) {
      for (let number = first; number < this.size; number += 1) {
        const one = line[this.place(number)]
        if (one < least) least = one
        if (one > most) most = one
      }
    }
    return least <= most ? [least, most] : null
  }

  /* Return the last *count* points, the newest first: [at, [number, …]]. */
  newest(count) {
    const found = []
    for (let number = this.size - 1; number >= 0 && found.length < count; number -= 1) {
      const place = this.place(number)
      const row = this.lines.map((line) => line[place])
      if (!row.every(Number.isNaN)) found.push([this.at[place], row])
    }
    return found
  }
}
