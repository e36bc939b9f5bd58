/* x-data="entry" on a form of a dashboard that a script sends (data-swap): when it was saved, what else shows that table is fetched anew.
 *
 * data-over="shop/orders"    on the form: where it writes; on a .nx-widget: the tables that it shows, parted by spaces
 * data-alone="URL"           on a .nx-widget: draws it alone
 * The answer brings the form anew, empty or with what is wrong at its fields; the focus goes where typing goes on. */
import { renew } from "../late.js"

const FIELDS = ":is(input:not([type=hidden]), select, textarea):not([data-combo-value])"

let sent = "" // the form that was sent last: its successor takes the focus

export default () => ({
  // Declared here, since a name that is not is put on the outermost component around this one.
  leave: null, saved: null,

  init() {
    const form = this.$root
    this.leave = () => { sent = form.id }
    this.saved = ({ detail }) => { if (detail.redirected) this.others.forEach(renew) }
    form.addEventListener("ajax:before", this.leave)
    form.addEventListener("ajax:success", this.saved)
    if (sent !== form.id) return
    sent = ""
    this.$nextTick(() => (form.querySelector("[aria-invalid=true]") ?? form.querySelector(`.nx-entryform__fields ${FIELDS}`))?.focus())
  },

  get others() {
    const { over } = this.$root.dataset
    const widgets = [...document.querySelectorAll(".nx-widget[data-over][data-alone]")]
    return widgets.filter((widget) => !widget.contains(this.$root) && widget.dataset.over.split(" ").includes(over))
  },
})
