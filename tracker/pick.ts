/** Finds `name=value` in an address or in cookies. A value of other letters than a code may have is none. */
export const pick = (text: unknown, name: string): string | undefined =>
  ` ${text as string}`.match(`[?& ]${name}=([\\w-]{1,64})($|[;&#])`)?.[1]
