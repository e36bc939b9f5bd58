/* x-data="refreshing" on a form: whatever is chosen in it is sent at once by its button [data-refresh], which without scripts is pressed
 * by hand. The server answers with the form as it is then; give the form data-swap, and the button's own place data-needs-no-script. */
export default () => ({
  init() {
    this.$root.addEventListener("change", (event) => {
      const button = this.$root.querySelector("[data-refresh]")
      if (button && event.target.name && !event.target.closest("[data-quiet]")) this.$root.requestSubmit(button)
    })
  },
})
