/* A page of brokers that follows: it is told that something moved, and its own component fetches it anew; see components/polling.js. */
export function broker() {
  const moved = (part) => part.dispatchEvent(new CustomEvent("nx:moved"))
  return { hear: moved, again: moved }
}
