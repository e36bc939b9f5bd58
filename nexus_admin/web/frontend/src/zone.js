/* The reader's time zone, for the server: it writes dates and times into the page. What a person chose in the account counts more. */
export function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone) document.cookie = `nx_zone=${zone}; Path=/; Max-Age=31536000; SameSite=Lax`
}
