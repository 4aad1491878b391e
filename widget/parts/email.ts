/**
 * Whether it looks like an email address: the API has the one rule. Browsers' own check of `type="email"` refuses letters that
 * mail servers take (`josé@example.com`).
 */
export const looksLikeEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text.trim())
