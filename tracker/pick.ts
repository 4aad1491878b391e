/** Finds `name=value` in an address or in the cookies. A value that could not be a code counts as missing. */
export const pick = (text: string | undefined, name: string): string | undefined =>
  text?.match(`(^|[?& ])${name}=([\\w-]{1,64})($|[;&#])`)?.[2]
