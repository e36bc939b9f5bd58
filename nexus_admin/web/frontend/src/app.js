/* The first script of every page: Alpine in its CSP build, our components, swapping of parts.
 *
 * Scripts of plugins are modules after this one. They register components before Alpine starts:
 *   window.Nexus.data("gauge", () => ({ init() { … } })) */
import Alpine from "@alpinejs/csp"
import morph from "@alpinejs/morph"

import { components } from "./components/index.js"
import { conditions } from "./conditions.js"
import { forgetDrafts } from "./components/unsaved.js"
import { counted, debounced, icon, make } from "./dom.js"
import { late, renew } from "./late.js"
import { getFragment, getJSON, meta, say, sendJSON } from "./request.js"
import { swap } from "./swap.js"
import { rememberZone } from "./zone.js"

Alpine.plugin(morph)
Alpine.plugin(swap)
Alpine.plugin(late)
Alpine.plugin(conditions)
for (const [name, component] of Object.entries(components)) Alpine.data(name, component)

window.Nexus = { data: (name, component) => Alpine.data(name, component), getFragment, getJSON, sendJSON, say }

/* Modules run before DOMContentLoaded, each in its turn: when it fires, the plugins' have run too. */
function start() {
  rememberZone()
  forgetDrafts()
  Alpine.start()
  if (meta("nx-live") && document.querySelector("[data-live]")) setTimeout(follow, 200)
}

/* A field that keeps its form from being sent says so in a sentence of ours; where it has no room for one, the browser does. */
addEventListener("invalid", (event) => {
  if (!event.target.closest(".nx-field")) return
  event.preventDefault()
  import("./complaint.js").then(({ complain }) => complain(event.target))
}, true) // it does not bubble

/* What others change is followed once the page is there. The module gets its tools handed: sharing them would part this script in two. */
const follow = () => import("./live/index.js").then(({ live }) => live({ counted, debounced, getFragment, icon, make, meta, morph: Alpine.morph, renew }))

if (document.readyState === "complete") start()
else document.addEventListener("DOMContentLoaded", start)
