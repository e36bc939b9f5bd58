/* x-data="theme": light, dark, high contrast or as the system says; comfortable or compact.
 *
 * Expects buttons [data-set-theme="light|dark|contrast|system"] and [data-set-density="comfortable|compact"] inside.
 * Sets data-theme and data-density on <html>, aria-pressed on the buttons, and the cookies nx_theme and nx_density, from
 * which the server writes the attributes into the next page (so nothing flashes). Fires "nx:theme" on document.
 * Buttons of a form are sent in the background too, so that the choice follows the person to other devices. */
import { meta } from "../request.js"

const YEAR = 60 * 60 * 24 * 365

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`
}

function told() {
  document.dispatchEvent(new CustomEvent("nx:theme"))
}

/* Charts and other things that read tokens must know when the system changes its mind. */
const system = matchMedia("(prefers-color-scheme: dark)")
system.addEventListener("change", told)

export default () => ({
  get theme() { return document.documentElement.dataset.theme ?? "system" },
  get density() { return document.documentElement.dataset.density ?? "comfortable" },

  init() {
    this.$root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-set-theme], [data-set-density]")
      if (button?.form) this.keep(event, button)
      if (button?.dataset.setTheme) this.setTheme(button.dataset.setTheme)
      if (button?.dataset.setDensity) this.setDensity(button.dataset.setDensity)
    })
    this.show()
  },

  keep(event, button) {
    event.preventDefault()
    const body = new URLSearchParams(new FormData(button.form, button))
    fetch(button.form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin", headers: { "X-CSRF-Token": meta("nx-csrf") } }).catch(() => {})
  },

  setTheme(name) {
    if (name === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = name
    remember("nx_theme", name)
    this.show()
    told()
  },

  setDensity(name) {
    document.documentElement.dataset.density = name
    remember("nx_density", name)
    this.show()
  },

  show() {
    for (const button of this.$root.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === this.theme))
    }
    for (const button of this.$root.querySelectorAll("[data-set-density]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setDensity === this.density))
    }
  },
})
