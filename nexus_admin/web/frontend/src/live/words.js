/* What live parts say, in one place. Names of people and fields come from the page and the server. */
const SOMEBODY = "Somebody"

const listed = (names) => new Intl.ListFormat(document.documentElement.lang || undefined).format(names)
const who = (told) => told.who || SOMEBODY

export const words = {
  changedRows: (told, count) => `${who(told)} changed ${count === 1 ? "a row" : `${count} rows`} of this list.`,
  changed: (told, names) => `${who(told)} changed ${names.length && names.length < 5 ? listed(names) : "this record"}.`,
  deleted: (told) => `${who(told)} deleted this record.`,
  back: (told) => `${who(told)} brought this record back.`,
  gone: "Deleted",
  left: "No longer in this list",
  saved: (told, mine) => `${mine ? "You saved this in another window" : `${who(told)} saved this`} `,
  asked: "Where both of you changed the same, you are asked which to keep.",
  formGone: (told) => `${who(told)} deleted this record, so it cannot be saved any more.`,
  look: "Look at it",
  undo: "Undo",
  dismiss: "Dismiss",
  here: (names) => `Also on this record: ${listed(names)}`,
  came: (names) => `${listed(names)} ${names.length === 1 ? "is" : "are"} on this record, too.`,
  ago: (seconds) => (seconds < 60 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`),
}
