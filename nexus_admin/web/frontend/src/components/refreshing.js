/* x-data="refreshing" on a form: whatever is chosen in it is sent at once by its button [data-refresh], which without scripts is pressed
 * by hand. The server answers with the form as it is then; give the form data-swap.
 *
 * [data-then="ID"] on a button: what has the focus once the answer is there, or what in it has [autofocus]
 * [data-quiet]     inside: what is chosen in it waits; in a <details> until that is closed */
export default () => ({
  then: "",

  init() {
    this.$root.addEventListener("submit", ({ submitter }) => { this.then = submitter?.dataset.then })
    this.$root.addEventListener("nx:swapped", () => { this.arrive(document.getElementById(this.then)) })
    this.$root.addEventListener("change", ({ target }) => { if (target.name && !target.closest("[data-quiet]")) this.send() })
    this.$root.addEventListener("toggle", ({ target }) => {
      if (target.matches("details") && !target.open && target.querySelector("[data-quiet]")) this.send()
    }, true) // it does not bubble
  },

  arrive(place) { (place?.querySelector("[autofocus]") ?? place)?.focus() },

  send() { this.$root.requestSubmit(this.$root.querySelector("[data-refresh]")) },
})
