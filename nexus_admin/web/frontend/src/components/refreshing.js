/* x-data="refreshing" on a form: whatever is chosen in it is sent at once by its button [data-refresh], which without scripts is pressed
 * by hand. The server answers with the form as it is then; give the form data-swap.
 *
 * [data-then="ID"] on a button: what has the focus once the answer is there, or what in it has [autofocus]
 * [data-quiet]     inside: what is chosen in it waits; in a <details> until that is closed
 * What had the focus has it again, where its successor is a new one. The answer's header X-Nexus-Onward, where there is one, names the page that comes next. */
/* How to find *element* again where its successor stands at another place. */
function named(element) {
  const key = element.closest("[data-key]")?.dataset.key
  return key ? `[data-key="${key}"] [data-combo-input]` : `[name="${element.name}"]${element.type === "submit" ? `[value="${element.value}"]` : ""}`
}

export default () => ({
  then: "", kept: "",

  init() {
    this.$root.addEventListener("submit", ({ submitter }) => { this.then = submitter?.dataset.then })
    this.$root.addEventListener("ajax:merge", () => { this.kept = named(document.activeElement) })
    this.$root.addEventListener("nx:swapped", () => { this.arrive(document.getElementById(this.then) ?? this.lost) })
    this.$root.addEventListener("ajax:success", ({ detail }) => {
      const onward = detail.headers.get("X-Nexus-Onward")
      if (!onward) return
      detail.html = null // nothing to put in place
      location = onward
    })
    this.$root.addEventListener("change", ({ target }) => { if (target.name && !target.closest("[data-quiet]")) this.send() })
    this.$root.addEventListener("toggle", ({ target }) => {
      if (target.matches("details") && !target.open && target.querySelector("[data-quiet]")) this.send()
    }, true) // it does not bubble
  },

  get lost() { return document.activeElement === document.body ? (this.$root.querySelector(this.kept) ?? this.$root.querySelector("select")) : null },

  arrive(place) { (place?.querySelector("[autofocus]") ?? place)?.focus() },

  send() { this.$root.requestSubmit(this.$root.querySelector("[data-refresh]")) },
})
