/** The REST API as a test calls it: JSON in, status and body out. */
import type { Answer, Programme } from './programme.ts'

export interface Rest {
  get: (path: string) => Promise<Answer>
  post: (path: string, body: unknown) => Promise<Answer>
  put: (path: string, body: unknown) => Promise<Answer>
  del: (path: string) => Promise<Answer>
}

/** @param key another project's, where the story needs one */
export function restOf(programme: Programme, key = programme.apiKey): Rest {
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> => {
    const response = await programme.app.inject({
      method,
      url: path.startsWith('/') ? path : `/api/v1/${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    })
    return {
      status: response.statusCode,
      body: response.body.startsWith('{') ? response.json() : response.body,
      headers: response.headers,
    }
  }
  return {
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    put: (path, body) => send('PUT', path, body),
    del: (path) => send('DELETE', path),
  }
}

/** What the API answers when it refuses. */
export const refusal = (status: number, code: string, error: unknown) => ({
  status,
  body: { success: false, code, error },
})
