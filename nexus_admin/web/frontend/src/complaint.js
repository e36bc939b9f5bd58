/* What a field says that keeps its form from being sent: a sentence of ours below it instead of the browser's bubble.
 *
 * Loaded when the first field complains, and alone: sharing another module would part the script of every page in two.
 * The first such field of its form gets the focus; the sentence goes as soon as the field is right. */

const RULES = ["valueMissing", "typeMismatch", "badInput", "tooShort", "tooLong", "rangeUnderflow", "rangeOverflow", "stepMismatch", "patternMismatch"]

/* What makes a rule say something of its own. */
const KINDS = {
  valueMissing: (field) => (field.matches("select, [type=radio]") ? "choice" : field.type === "checkbox" && "tick"),
  typeMismatch: (field) => field.type === "email" && "email",
  badInput: (field) => field.type === "number" && "number",
  stepMismatch: (field) => Number(field.step || 1) === 1 && "whole",
  patternMismatch: (field) => field.title && "said",
}

/* The sentences are the server's, in the reader's language. Where they cannot be had, the browser's own stand in. */
let asked
const sentences = () => asked ??= fetch(document.querySelector('meta[name="nx-complaints"]').content)
  .then((answer) => (answer.ok ? answer.text() : ""))
  .catch(() => "")
  .then((text) => {
    const terms = new DOMParser().parseFromString(text, "text/html").querySelectorAll("dt")
    return new Map([...terms].map((term) => [term.textContent, term.nextElementSibling.textContent]))
  })

function sentence(field, known) {
  const rule = RULES.find((name) => field.validity[name])
  const said = known.get(`${rule}.${KINDS[rule]?.(field)}`) ?? known.get(rule)
  if (!said) return field.validationMessage
  const parts = { least: field.minLength, most: field.maxLength, count: field.value.length, min: field.min, max: field.max, step: field.step, title: field.title }
  return said.replace(/\{(\w+)\}/g, (_, name) => parts[name])
}

function picture() {
  const sprite = document.querySelector('meta[name="nx-icons"]').content
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", "nx-icon")
  svg.setAttribute("aria-hidden", "true")
  svg.append(document.createElementNS(svg.namespaceURI, "use"))
  svg.firstChild.setAttribute("href", `${sprite}#nx-alert`)
  return svg
}

/* The paragraph below *field*: what the server said there, or a new one in front of the hint. */
function place(field) {
  const room = field.closest(".nx-field")
  const known = room.querySelector(".nx-field__error")
  if (known) return known
  const made = document.createElement("p")
  made.className = "nx-field__error"
  made.id = `nx-complaint-${field.id || field.name}`
  const beside = [...room.children].find((child) => child.contains(field))
  beside.after(made)
  return made
}

function mark(field, wrong) {
  field.closest(".nx-inputbox")?.classList.toggle("is-invalid", wrong)
  if (wrong) field.setAttribute("aria-invalid", "true")
  else field.removeAttribute("aria-invalid")
}

function again({ target: field }) {
  if (field.validity.valid) {
    mark(field, false)
    place(field).remove()
    for (const name of ["input", "change"]) field.removeEventListener(name, again)
  } else tell(field)
}

async function tell(field) {
  mark(field, true)
  const known = await sentences()
  if (field.validity.valid) return // it was put right meanwhile
  const said = place(field)
  const text = document.createElement("span")
  text.textContent = sentence(field, known)
  said.replaceChildren(picture(), text)
  const told = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== said.id)
  field.setAttribute("aria-describedby", [said.id, ...told].join(" "))
}

export function complain(field) {
  tell(field)
  for (const name of ["input", "change"]) field.addEventListener(name, again)
  if (field.form?.querySelector(":is(input, select, textarea):invalid") === field) field.focus()
}
