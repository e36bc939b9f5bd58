/* x-data="copy" on a button: puts text on the clipboard and says so for two seconds.
 *
 * Expects data-copy="the text", data-copy-from="ID" of an element whose value or text is meant, or data-copy-here for
 * the address of the page. data-done is the label meanwhile
 * ("Copied"); a [role=status] inside says it to screen readers. */

const SHOWN = 2000

export default () => ({
  init() {
    this.$root.addEventListener("click", () => this.copy())
  },

  async copy() {
    const { copy, copyFrom, copyHere, done = "Copied" } = this.$root.dataset
    const from = copyFrom ? document.getElementById(copyFrom) : null
    await navigator.clipboard.writeText(copyHere === undefined ? copy ?? from?.value ?? from?.textContent?.trim() ?? "" : location.href)
    const status = this.$root.querySelector("[role=status]")
    const title = this.$root.title
    if (status) status.textContent = done
    this.$root.title = done
    this.$root.setAttribute("data-copied", "")
    setTimeout(() => {
      if (status) status.textContent = ""
      this.$root.title = title
      this.$root.removeAttribute("data-copied")
    }, SHOWN)
  },
})
