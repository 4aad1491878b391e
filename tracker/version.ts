/** Sent along with every click and conversion, so that an old copy in a cache can be told apart. */
export const version = '1.0.0'
