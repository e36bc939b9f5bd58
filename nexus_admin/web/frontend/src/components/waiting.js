/* x-data="waiting" on a part with an id: fetched again every second until the answer has it without this component.
 *
 * Without scripts the page's own refresh does the same. */
import { getFragment } from "../request.js"

const EVERY = 1000

export default () => ({
  init() {
    this.timer = setTimeout(() => this.again(), EVERY)
  },

  destroy() {
    clearTimeout(this.timer)
  },

  async again() {
    const { id } = this.$root
    const content = await getFragment(location.href, id).catch(() => null)
    const fresh = content?.getElementById(id)
    if (fresh) this.$root.replaceWith(fresh)
    else this.init()
  },
})
