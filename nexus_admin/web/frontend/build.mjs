/* Bundle the browser's side into ../static/dist: hashed files, manifest.json, THIRD_PARTY.md.
 *
 * manifest.json names what a template may ask for: asset("app.js") → "app-XXXXXXXX.js".
 * Nothing else reads the sources; the wheel carries the results alone. */
import { build } from "esbuild"
import { createHash } from "node:crypto"
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

const here = dirname(fileURLToPath(import.meta.url))
const source = join(here, "src")
const modules = join(here, "node_modules")
const finished = join(here, "../static/dist")
const target = `${finished}-new` // put in place as a whole, so that a running server never sees half of it
const plotly = join(modules, "plotly.js-cartesian-dist-min/plotly-cartesian.min.js")
const inter = join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")

/* The dark theme once more, for systems that prefer it and pages that leave it to them: written once, used twice. */
const darkBySystem = {
  name: "dark-by-system",
  setup(builder) {
    builder.onResolve({ filter: /^nx:dark-by-system$/ }, () => ({ path: "dark-by-system", namespace: "nx" }))
    builder.onLoad({ filter: /.*/, namespace: "nx" }, async () => {
      const dark = await readFile(join(source, "css/tokens/dark.css"), "utf8")
      const rule = dark.match(/\[data-theme="dark"\](\s*\{[^}]*\})/)
      if (!rule) throw new Error('css/tokens/dark.css has no rule for [data-theme="dark"].')
      const contents = `@layer nx.tokens { @media (prefers-color-scheme: dark) { :root:not([data-theme])${rule[1]} } }`
      return { contents, loader: "css" }
    })
  },
}

/* Alpine keeps expressions from reaching a global: at its start it looks at every one, to know them. That makes the browser build a
 * thousand classes that nobody uses, which takes longer than all else that the script does, lay out the page early, and complain
 * about deprecated ones in the console. So those whose names begin with a capital are asked for by name when a value is looked at
 * (classes and functions say theirs, namespaces have it as their tag), and what is only a length or deprecated is passed over. */
const PASSED = "/^[A-Z]|^fence$|^(inner|outer)[WH]|^(scroll|page|screen)[XYLT]/"
const changes = [
  ['key === "styleMedia"', `key === "styleMedia" || ${PASSED}.test(key)`],
  ["globals.has(prop)", "globals.has(prop) || globalThis[typeof prop === \"function\" ? prop.name : Object.prototype.toString.call(prop).slice(8, -1)] === prop"],
]
const quietGlobals = {
  name: "quiet-globals",
  setup(builder) {
    builder.onLoad({ filter: /@alpinejs[/\\]csp[/\\]dist[/\\]module\.esm\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8")
      for (const [from, to] of changes) {
        if (contents.split(from).length !== 2) throw new Error(`Alpine looks at the globals elsewhere now, without ${from}: see quietGlobals in build.mjs.`)
        contents = contents.replace(from, to)
      }
      return { contents, loader: "js" }
    })
  },
}

/* Swapping takes an answer that is there already, where ahead.js has asked for the page before it was opened. */
const askedAhead = {
  name: "asked-ahead",
  setup(builder) {
    builder.onLoad({ filter: /alpine-ajax[/\\]dist[/\\]module\.esm\.js$/ }, async ({ path }) => {
      const [contents, from] = [await readFile(path, "utf8"), "fetch(request.action, request)"]
      if (contents.split(from).length !== 2) throw new Error(`Alpine AJAX asks elsewhere now, without ${from}: see askedAhead in build.mjs.`)
      return { contents: contents.replace(from, `(request.answer ?? ${from})`), loader: "js" }
    })
  },
}

/* Plotly adds its rules by script unless a linked stylesheet is there already, and a strict policy refuses the script.
 * So the rules are taken out of its source into a file of their own. */
function plotlyRules(code) {
  const from = code.indexOf('{"X,X div":')
  const table = from < 0 ? null : code.slice(from, code.indexOf("}", from) + 1)
  if (!table) throw new Error("Plotly keeps its style rules elsewhere now: look for 'no-inline-styles' in its source.")
  const quoted = table.replace(/'((?:[^'\\]|\\.)*)'/g, (_, text) => JSON.stringify(text)).replace(/([{,])([XY]):/g, '$1"$2":')
  const full = (selector) => selector.replace(/X/g, ".js-plotly-plot .plotly").replace(/Y/g, ".plotly-notifier")
  const rules = Object.entries(JSON.parse(quoted)).map(([selector, body]) => `${full(selector)}{${body}}`)
  return rules.reverse().join("\n") // Plotly inserts each before the ones it has
}

/* Write *contents* under its name with a hash in it; return that name. */
async function put(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase()
  const [, stem, suffix] = name.match(/^(.+)(\.\w+)$/)
  const file = `${stem}-${hash}${suffix}`
  await writeFile(join(target, file), contents)
  return file
}

/* "node_modules/@scope/name/…" → "@scope/name" */
function packageOf(path) {
  const parts = path.split("node_modules/").at(-1).split("/")
  return parts[0].startsWith("@") ? `${parts[0]}/${parts[1]}` : parts[0]
}

async function thirdParty(paths) {
  const names = [...new Set(paths.filter((path) => path.includes("node_modules/")).map(packageOf))].sort()
  const parts = ["# Third-party software in these assets\n"]
  for (const name of names) {
    const folder = join(modules, name)
    const about = JSON.parse(await readFile(join(folder, "package.json"), "utf8"))
    const licence = (await readdir(folder)).find((file) => /^(licen[cs]e|copying)/i.test(file))
    const text = licence ? (await readFile(join(folder, licence), "utf8")).trim() : `Licence: ${about.license}`
    parts.push(`## ${name} ${about.version}\n\n${about.license}\n\n${text.split("\n").map((line) => `    ${line}`.trimEnd()).join("\n")}\n`)
  }
  return parts.join("\n")
}

await rm(target, { recursive: true, force: true })
await mkdir(target, { recursive: true })

const { metafile } = await build({
  entryPoints: { app: join(source, "app.js"), style: join(source, "style.css"), manage: join(source, "manage.css"), live: join(source, "live.css"), client: join(source, "client", "client.js") },
  outdir: target,
  bundle: true,
  minify: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none", // THIRD_PARTY.md has the licences in full
  metafile: true,
  absWorkingDir: here,
  plugins: [darkBySystem, quietGlobals, askedAhead],
  logLevel: "warning",
})

const manifest = {}
for (const [file, made] of Object.entries(metafile.outputs)) {
  const name = basename(file)
  if (made.entryPoint?.endsWith("app.js")) manifest["app.js"] = name
  else if (made.entryPoint?.endsWith("style.css")) manifest["style.css"] = name
  else if (made.entryPoint?.endsWith("manage.css")) manifest["manage.css"] = name
  else if (made.entryPoint?.endsWith("live.css")) manifest["live.css"] = name
  else if (made.entryPoint?.endsWith("client.js")) manifest["client.js"] = name
  else if (name.endsWith(".woff2")) manifest["inter.woff2"] = name
}
manifest["icons.svg"] = await put("icons.svg", (await readFile(join(source, "icons.svg"), "utf8")).replace(/<!--.*?-->\n?/gs, ""))
const plotlyCode = await readFile(plotly, "utf8")
manifest["plotly.js"] = await put("plotly.js", plotlyCode)
manifest["plotly.css"] = await put("plotly.css", plotlyRules(plotlyCode))

const used = [...Object.keys(metafile.inputs), relative(here, plotly), relative(here, inter)]
await writeFile(join(target, "THIRD_PARTY.md"), await thirdParty(used))
await writeFile(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`)

for (const name of await readdir(target)) { // sent as they are, so packed once and well
  if (/\.(js|css|svg)$/.test(name)) await writeFile(join(target, `${name}.gz`), gzipSync(await readFile(join(target, name)), { level: 9 }))
}

await rm(join(target, manifest["plotly.js"])) // a megabyte and a half that hardly any browser takes as it is

await rm(finished, { recursive: true, force: true })
await rename(target, finished)

for (const name of ["app.js", "style.css", "icons.svg"]) {
  const size = gzipSync(await readFile(join(finished, manifest[name])), { level: 9 }).length
  console.log(`${name}: ${(size / 1024).toFixed(1)} KB gz`)
}
