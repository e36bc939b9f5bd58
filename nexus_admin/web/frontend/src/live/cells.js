/* Cells of a list are changed where they stand: Enter, F2 and a double click ("nx:edit", see gridKeys.js) put the field's input into the cell.
 * Enter saves, Tab saves and goes on to the next cell, Escape leaves, and so does a click elsewhere, which saves what was changed. What does
 * not fit into a cell, a long text for one, opens in the page's dialog, and saving comes back to this list and to that cell.
 * Only where rows may be edited, and in columns that are fields of the row. In the row's first cell, Enter opens the row. */
import { patch, rowsOf } from "./list.js"

const LEFT = "nx-cell" // address, row and column that were left, kept while the page is loaded anew
const INPUTS = ":is(input:not([type=hidden]), select, textarea)"

function focus(cell) {
  if (!cell) return
  if (!cell.hasAttribute("tabindex")) cell.tabIndex = -1 // the one that Tab reaches stays so
  cell.focus()
}

/* Keep which cell was left, for the page that is loaded next. */
function leaving(cell) {
  if (cell) sessionStorage.setItem(LEFT, JSON.stringify([location.pathname, cell.closest("tr").dataset.row, cell.cellIndex]))
}

/* The cell that was left has the focus again, on the same list. */
function back() {
  const [path, key, at] = JSON.parse(sessionStorage.getItem(LEFT) ?? "[]")
  sessionStorage.removeItem(LEFT)
  if (path === location.pathname) focus(rowsOf(document).get(key)?.cells[at])
}

/* Where the input of *cell* comes from; null where it cannot be changed. */
function address(cell) {
  const row = cell?.closest("tr[data-row]")
  const name = row?.closest("table").tHead?.rows[0].cells[cell.cellIndex]?.querySelector("[data-by]")?.dataset.by
  const may = document.querySelector("[data-rowacts]")?.content.querySelector('[data-act="edit"]')
  if (!name || !may || !row.dataset.peek) return null
  const url = new URL(row.dataset.peek.replace("/~peek", "/~field"))
  url.searchParams.set("name", name.replace(/^`|`$/g, "").replaceAll("``", "`"))
  url.searchParams.set("back", location.search.slice(1))
  return url.href
}

const said = (form) => new URLSearchParams(new FormData(form)).toString()

/* *look* is told of a saved row that its list does not show any more. */
export function cells({ getFragment, meta }, look) {
  const dialog = document.getElementById("nx-dialog")
  const roomy = matchMedia("(min-width: 40.01rem)") // on a phone a row is a card

  /* Put the cell's input into it, or into the dialog; with *onwards*, what is typed is added to its text. Whether there is one. */
  async function edit(cell, onwards = false) {
    const url = address(cell)
    if (!dialog || !url || cell.classList.contains("is-editing")) return false
    const content = await getFragment(url, roomy.matches ? "cell" : "dialog").catch(() => null)
    if (!content || !cell.isConnected) return false // a column that is none of the row's, or that is not edited by hand
    getSelection().empty()
    const form = content.querySelector(".nx-celledit")
    if (form) inPlace(cell, form, onwards)
    else over(cell, content)
    return true
  }

  /* What the answer to a saved cell brings: the row as it stands in this list now, and a message that offers to undo it. */
  function took(row, content) {
    const next = rowsOf(content).get(row.dataset.row)
    if (next) patch(row, next)
    else look(row)
    document.getElementById("nx-toasts")?.append(...content.querySelectorAll(".nx-toast"))
  }

  function inPlace(cell, form, onwards = false, before = [...cell.childNodes], was = said(form), mine = true) {
    const row = cell.closest("tr")
    let busy = false

    function leave(step) {
      busy = true
      cell.classList.remove("is-editing", "is-saving")
      cell.replaceChildren(...before)
      if (step !== undefined) focus(cell)
    }

    async function onward(step) {
      for (let at = cell.cellIndex + step; row.cells[at]; at += step) if (await edit(row.cells[at])) return
    }

    /* *step* is where to go then: 0 to this cell, 1 and -1 to the next and previous one; nowhere where somebody has left already. */
    async function save(step) {
      if (busy || !form.isConnected) return
      if (said(form) === was) return leave(step), step && onward(step)
      if (!form.reportValidity()) return
      busy = true
      cell.classList.add("is-saving")
      const headers = { Accept: "text/html", "X-Nexus-Request": "1", "X-Nexus-Fragment": "cell", "X-CSRF-Token": meta("nx-csrf") }
      const answer = await fetch(form.action, { method: "POST", credentials: "same-origin", headers, body: new URLSearchParams(new FormData(form)) }).catch(() => null)
      busy = false
      cell.classList.remove("is-saving")
      if (answer?.status === 409) return form.submit() // somebody else changed it too: the page that compares both
      const template = document.createElement("template")
      template.innerHTML = (await answer?.text()) ?? ""
      const wrong = template.content.querySelector(".nx-celledit")
      if (wrong) inPlace(cell, wrong, onwards, before, was, step !== undefined)
      else if (!answer?.ok && answer?.url.includes("/~rows?")) location.reload() // it is saved; how it stands now could not be read
      else if (!answer?.ok || !template.content.querySelector("tbody")) document.dispatchEvent(new CustomEvent("nx:toast", { detail: { text: form.dataset.failed, tone: "danger" } }))
      else {
        leave(step)
        took(row, template.content)
        if (step) onward(step)
      }
    }

    form.addEventListener("keydown", (event) => {
      event.stopPropagation() // keys of the grid and of the page
      if (event.defaultPrevented || event.isComposing) return
      if (event.key === "Escape") leave(0)
      else if (event.key === "Enter") save(0)
      else if (event.key === "Tab") save(event.shiftKey ? -1 : 1)
      else return
      event.preventDefault()
    })
    form.addEventListener("focusout", () => setTimeout(() => { if (!form.contains(document.activeElement)) save() }))
    form.addEventListener("submit", (event) => event.preventDefault())
    for (const name of ["click", "dblclick"]) form.addEventListener(name, (event) => event.stopPropagation())
    /* What is picked with a click is meant: nobody has to say so again. */
    form.addEventListener("change", ({ target }) => { if (target.matches("[data-combo-value]") || target.dataset.pressed) setTimeout(() => save(0)) })
    form.addEventListener("pointerdown", ({ target }) => { if (target.matches("select")) target.dataset.pressed = "" })
    cell.classList.add("is-editing")
    cell.replaceChildren(form)
    if (mine) requestAnimationFrame(() => begin(form, onwards)) // pickers are made by then
  }

  /* The field in the page's dialog. */
  function over(cell, content) {
    dialog.replaceChildren(content)
    dialog.showModal()
    requestAnimationFrame(() => begin(dialog.querySelector(".nx-modal__body"), true))
    dialog.querySelector("form")?.addEventListener("submit", () => leaving(cell))
  }

  function begin(part, onwards) {
    const input = [...part.querySelectorAll(INPUTS)].find((one) => one.checkVisibility())
    if (onwards && input?.selectionEnd != null) { // a number has no caret that can be put
      input.setSelectionRange(input.value.length, input.value.length)
      input.focus() // and shows the end of what is longer than its field
    } else {
      input?.focus()
      input?.select?.()
    }
  }

  /* Before the grid hears it: in the cells behind the first, Enter changes the value. */
  document.addEventListener("keydown", (event) => {
    const cell = event.target
    if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return
    if (!cell.matches?.("[role=grid] td:not(:has(.nx-grid__pk))") || !address(cell)) return
    event.preventDefault()
    event.stopPropagation()
    edit(cell).then((there) => { if (!there) cell.closest("tr").querySelector("a.nx-grid__pk")?.click() })
  }, true)
  document.addEventListener("nx:edit", ({ target, detail }) => edit(target, detail === "F2"))
  /* Taking back loads the list anew. */
  document.addEventListener("submit", ({ target }) => { if (target.matches("[data-undo]")) leaving(document.querySelector("[role=grid] td.is-focus")) })
  back()
}
