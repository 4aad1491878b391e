/** What the cases ask of a browser, whichever engine it has. */

export interface Driver {
  /** The engine's name and version. */
  name: string
  /** Opens an address and waits until it is loaded. */
  open(url: string): Promise<void>
  reload(): Promise<void>
  back(): Promise<void>
  /** A click of the mouse in the middle of the element. */
  click(selector: string): Promise<void>
  /** The Enter key while the element has the focus. */
  pressEnter(selector: string): Promise<void>
  /** The value of an expression in the page; a promise's when it is kept. */
  evaluate<Value>(expression: string): Promise<Value>
  /** What the browser would send to the page that is open. */
  cookies(): Promise<Cookie[]>
  /** Closes the page, as its visitor does, and goes on with an empty one. */
  closePage(): Promise<void>
  quit(): Promise<void>
}

export interface Cookie {
  name: string
  value: string
  /** With a leading dot where subdomains get it too. */
  domain: string
  path: string
  secure: boolean
  sameSite: string
  /** In seconds since 1970. */
  expires: number
}
