/** What this page has met: codes and the keys of conversions. Going back to a code is not a second click. */
export const seen: unknown[] = []
