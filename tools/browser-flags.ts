/** How the tests start Chromium: quiet, and looking like the desktop browser of a person. */

/** As root Chromium refuses to start with its sandbox; everybody else keeps it. */
export const browserFlags = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // The server hides the clicks of bots: a test that plays a person must not carry navigator.webdriver...
  '--disable-blink-features=AutomationControlled',
]

/** ...nor say HeadlessChrome. */
export const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'
