/* The first script of every page: Alpine in its CSP build, our components, swapping of parts.
 *
 * Scripts of plugins are modules after this one. They register components before Alpine starts:
 *   window.Nexus.data("gauge", () => ({ init() { … } })) */
import Alpine from "@alpinejs/csp"
import morph from "@alpinejs/morph"

import { components } from "./components/index.js"
import { forgetDrafts } from "./components/unsaved.js"
import { late } from "./late.js"
import { getFragment, getJSON, say, sendJSON } from "./request.js"
import { swap } from "./swap.js"
import { rememberZone } from "./zone.js"

Alpine.plugin(morph)
Alpine.plugin(swap)
Alpine.plugin(late)
for (const [name, component] of Object.entries(components)) Alpine.data(name, component)

window.Nexus = { data: (name, component) => Alpine.data(name, component), getFragment, getJSON, sendJSON, say }

/* Modules run before DOMContentLoaded, each in its turn: when it fires, the plugins' have run too. */
function start() {
  rememberZone()
  forgetDrafts()
  Alpine.start()
}

if (document.readyState === "complete") start()
else document.addEventListener("DOMContentLoaded", start)
