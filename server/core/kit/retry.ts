/** How long to wait for what a payment provider is part of: its events and what is to be done there. */

/** Minutes after each failed attempt; two days in all. */
export const PROVIDER_RETRY_MINUTES = [1, 5, 30, 120, 360, 720, 1440]
