/* x-data="jsonCheck" on a <textarea> that holds JSON: the browser stops the form until it is JSON again.
 *
 * data-wrong="…" is the sentence that it says then. What was rendered is never stopped, whatever it is. */
export default () => ({
  init() {
    const area = this.$root
    area.addEventListener("input", () => {
      let right = area.value.trim() === "" || area.value === area.defaultValue
      try { right ||= JSON.parse(area.value) !== undefined } catch { /* not yet */ }
      area.setCustomValidity(right ? "" : area.dataset.wrong)
    })
  },
})
