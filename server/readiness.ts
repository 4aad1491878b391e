/** Whether this process should be given requests: `/readyz` says it, and jobs that move money obey it. One per process. */
export const readiness: {
  /** It was asked to end and finishes what it has. */
  draining: boolean
  /** What is wrong with its clock, as a sentence; undefined: it agrees with the database's. */
  clock: string | undefined
} = { draining: false, clock: undefined }
