/* x-data="otp" on .nx-otp: six boxes for one code.
 *
 * Expects one input per digit (inputmode="numeric", maxlength="1", aria-label "Digit 1"; the first with autocomplete="one-time-code") and
 * an <input data-otp-value name="code" inputmode="numeric" aria-label="…"> that is sent, and typed into where scripts are off.
 * Pasting fills all; the form is sent after the last digit, once. */

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  boxes: null, sent: null, value: null,

  init() {
    this.value = this.$root.querySelector("[data-otp-value]")
    this.boxes = [...this.$root.querySelectorAll("input:not([data-otp-value])")]
    this.sent = false
    this.boxes.forEach((box, at) => {
      box.addEventListener("input", () => this.fill(at, box.value))
      box.addEventListener("keydown", (event) => this.keys(event, at))
      box.addEventListener("focus", () => box.select())
      box.addEventListener("paste", (event) => {
        event.preventDefault()
        this.fill(0, event.clipboardData.getData("text"))
      })
    })
    this.boxes[0]?.focus()
  },

  fill(from, text) {
    const digits = text.replace(/\D/g, "").slice(0, this.boxes.length - from)
    if (!digits) this.boxes[from].value = ""
    ;[...digits].forEach((digit, step) => { this.boxes[from + step].value = digit })
    if (digits) this.boxes[Math.min(from + digits.length, this.boxes.length - 1)].focus()
    this.value.value = this.boxes.map((box) => box.value).join("")
    if (this.value.value.length === this.boxes.length && !this.sent) {
      this.sent = true
      this.value.form?.requestSubmit()
    }
  },

  keys(event, at) {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Backspace: this.boxes[at].value ? at : at - 1 }[event.key]
    if (to === undefined || to === at || !this.boxes[to]) return
    event.preventDefault()
    if (event.key === "Backspace") this.boxes[to].value = ""
    this.boxes[to].focus()
    this.value.value = this.boxes.map((box) => box.value).join("")
  },
})
