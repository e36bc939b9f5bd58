/* x-data="dialog" on <dialog class="nx-modal" id="…">: opened by [data-dialog-open="ID"], or filled from the server.
 *
 * [data-dialog-open="ID"]       anywhere: opens this dialog. A link with it goes to its page when scripts are off.
 * [data-dialog-fetch]           anywhere, a link or a button with data-url: its page's fragment named "dialog" is put into the
 *                               dialog with the id nx-dialog, which then opens
 * [data-dialog-close]           inside: closes
 * Focus goes to [autofocus], else to the first picker, stays inside and goes back to where it was; Escape closes. */
import { getFragment, say } from "../request.js"

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  listener: null,

  init() {
    this.listener = (event) => this.clicked(event)
    document.addEventListener("click", this.listener)
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
    if (!this.$root.open) this.$root.showModal()
    ;(this.$root.querySelector("[autofocus]") ?? this.$root.querySelector("[role=combobox]"))?.focus()
  },

  async load(url) {
    try {
      this.$root.replaceChildren(await getFragment(url, "dialog"))
      this.open()
    } catch (error) {
      say(error.message, "danger")
    }
  },
})
