/* x-data="dialog" on <dialog class="nx-modal" id="…">: opened by [data-dialog-open="ID"], or filled from the server.
 *
 * [data-dialog-open="ID"]       anywhere: opens this dialog. A link with it goes to its page when scripts are off.
 * [data-dialog-fetch]           anywhere, a link or a button with data-url: its page's fragment named "dialog" is put into the
 *                               dialog with the id nx-dialog, which then opens
 * [data-dialog-close]           inside: closes
 * [data-confirm-text="1204"]    inside, an input: [data-confirm-submit] stays disabled until the same is typed
 * data-dialog-now               on the dialog: open at once, as a page that asks
 * Focus stays inside and goes back to where it was; Escape closes. */
import { getFragment, say } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  listener: null,

  init() {
    this.listener = (event) => this.clicked(event)
    document.addEventListener("click", this.listener)
    this.$root.addEventListener("input", () => this.check())
    if (this.$root.dataset.dialogNow !== undefined) this.open()
  },

  destroy() { document.removeEventListener("click", this.listener) },

  clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    const opener = event.target.closest("[data-dialog-open]")
    const fetcher = event.target.closest("[data-dialog-fetch]")
    if (opener?.dataset.dialogOpen === this.$root.id) {
      event.preventDefault()
      this.open()
    } else if (fetcher && this.$root.id === "nx-dialog") {
      event.preventDefault()
      this.load(fetcher.dataset.url ?? fetcher.href)
    } else if (this.$root.contains(event.target) && event.target.closest("[data-dialog-close]")) {
      event.preventDefault()
      this.$root.close()
    } else if (event.target === this.$root) {
      this.$root.close() // the scrim: a click on the dialog itself, outside of its content
    }
  },

  open() {
    this.check()
    if (!this.$root.open) this.$root.showModal()
    this.$root.querySelector("[autofocus]")?.focus()
  },

  async load(url) {
    try {
      this.$root.replaceChildren(await getFragment(url, "dialog"))
      this.open()
    } catch (error) {
      say(error.message, "danger")
    }
  },

  check() {
    const input = this.$root.querySelector("[data-confirm-text]")
    const submit = this.$root.querySelector("[data-confirm-submit]")
    if (!input || !submit) return
    submit.disabled = input.value.replace(/[\s,.']/g, "") !== input.dataset.confirmText.replace(/[\s,.']/g, "")
  },
})
