/* x-data="toasts" on .nx-toasts (id="nx-toasts", data-swap-always, data-merge="append"): messages at the edge of the page.
 *
 * The server renders .nx-toast[data-toast] with role="status" (role="alert" for errors that need action now); data-seconds says how long
 * one stays (10; 0: until dismissed). Inside: [data-dismiss], and for an undo a <form data-undo method="post">. A toast waits while it is
 * pointed at or has focus. Ctrl Z outside of fields sends the newest undo form, for as long as the page is open.
 * Scripts say things by the event "nx:toast" on document, detail { text, tone }, or by Nexus.say(text, tone). */
import { icon, make, typing } from "../dom.js"

const ICONS = { success: "check-circle", danger: "x-circle", warning: "alert", info: "info" }

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  hear: null, key: null, undo: null, watcher: null,

  init() {
    this.undo = []
    this.watcher = new MutationObserver(() => this.adopt())
    this.watcher.observe(this.$root, { childList: true })
    this.adopt()
    this.$root.addEventListener("click", (event) => {
      if (event.target.closest("[data-dismiss]")) this.dismiss(event.target.closest("[data-toast]"))
    })
    this.hear = (event) => this.say(event.detail.text, event.detail.tone)
    this.key = (event) => this.undoKey(event)
    document.addEventListener("nx:toast", this.hear)
    document.addEventListener("keydown", this.key)
  },

  destroy() {
    this.watcher.disconnect()
    document.removeEventListener("nx:toast", this.hear)
    document.removeEventListener("keydown", this.key)
  },

  adopt() {
    for (const toast of this.$root.querySelectorAll("[data-toast]:not([data-adopted])")) {
      toast.dataset.adopted = ""
      const form = toast.querySelector("form[data-undo]")
      if (form) this.undo.push(form)
      const seconds = Number(toast.dataset.seconds ?? 10)
      if (seconds > 0) this.wait(toast, seconds * 1000)
    }
  },

  wait(toast, left) {
    let timer = 0
    let since = 0
    const go = () => { since = Date.now(); timer = setTimeout(() => this.dismiss(toast), left) }
    const stop = () => { clearTimeout(timer); left = Math.max(2000, left - (Date.now() - since)) }
    for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop)
    for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, go)
    go()
  },

  /* A toast with an undo stays in the page, unseen, so that Ctrl Z still finds its form. */
  dismiss(toast) {
    if (!toast) return
    if (toast.querySelector("form[data-undo]")) toast.hidden = true
    else toast.remove()
  },

  say(text, tone = "success") {
    const dismiss = make("button", { type: "button", class: "nx-iconbtn", "data-dismiss": true, "aria-label": this.$root.dataset.dismissLabel ?? "Dismiss" })
    dismiss.append(icon("x"))
    const role = tone === "danger" ? "alert" : "status"
    this.$root.append(make("div", { class: "nx-toast", "data-toast": true, "data-tone": tone, role }, icon(ICONS[tone] ?? "info"), make("p", {}, text), dismiss))
  },

  undoKey(event) {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || typing(event.target)) return
    const form = this.undo.filter((each) => each.isConnected).pop()
    if (!form) return
    event.preventDefault()
    this.undo = this.undo.filter((each) => each !== form)
    form.requestSubmit()
  },
})
