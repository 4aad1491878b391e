import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, VARIABLES } from './config.ts'
import { loadEnvFile } from './env-file.ts'

test('the example can be copied as it stands', () => {
  const env: NodeJS.ProcessEnv = { ENV_FILE: join(import.meta.dirname, '..', '.env.example') }
  loadEnvFile(env)
  expect(loadConfig(env)).toMatchObject({ publicUrl: 'https://refgrow.acme.example', port: 3000 })
  // Each variable of the example is one that the server knows: spelled wrong it would be passed over.
  const names = [...readFileSync(env['ENV_FILE'] ?? '', 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(VARIABLES).toEqual(expect.arrayContaining(names))
  expect(names.length).toBeGreaterThan(7)
})

const fileOf = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'refgrow-env-')), '.env')
  writeFileSync(file, text)
  return file
}

test('the file adds what the process was not given, and nothing given is changed, not even to empty', () => {
  const text = [
    '\uFEFF# the server',
    'PUBLIC_URL=https://refgrow.example.com',
    '',
    '  export PORT = 4000 # behind the proxy\r',
    `SMTP_URL="smtp://me:pa#ss@mail.example.com"`,
    `MAIL_FROM='Acme <partners@acme.example>' # the sender`,
    'HOST=127.0.0.1',
    'LOG_LEVEL=warn',
  ].join('\n')
  const env: NodeJS.ProcessEnv = { ENV_FILE: fileOf(text), HOST: '::1', LOG_LEVEL: '' }
  loadEnvFile(env)
  expect(env).toEqual({
    ENV_FILE: env['ENV_FILE'],
    PUBLIC_URL: 'https://refgrow.example.com',
    PORT: '4000',
    SMTP_URL: 'smtp://me:pa#ss@mail.example.com',
    MAIL_FROM: 'Acme <partners@acme.example>',
    HOST: '::1',
    LOG_LEVEL: '',
  })
})

test.each([
  [
    'PORT=1\nPUBLIC_URL https://x.example',
    ' is wrong in line 2: expected NAME=value, a comment that begins with #, or nothing',
  ],
  ['1PORT=1', ' is wrong in line 1: expected NAME=value, a comment that begins with #, or nothing'],
  [
    'SMTP_URL=smtp://me:pa#ss@mail.example.com',
    ' is wrong in line 1: the value of SMTP_URL contains #: put it into quotes',
  ],
  ['A=1\n\nMAIL_FROM="Acme', ' is wrong in line 3: the quote in the value of MAIL_FROM does not end there'],
  ['MAIL_FROM="Acme" <a@b.c>', ' is wrong in line 1: the quote in the value of MAIL_FROM does not end there'],
])('%j is refused with its line and without its value', (text, sentence) => {
  const ENV_FILE = fileOf(text)
  expect(() => loadEnvFile({ ENV_FILE })).toThrow(new Error(ENV_FILE + sentence))
})

test('a file that was named and is missing or unreadable is said', () => {
  expect(() => loadEnvFile({ ENV_FILE: '/nowhere/.env' })).toThrow('ENV_FILE is wrong: there is no file /nowhere/.env')
  expect(() => loadEnvFile({ ENV_FILE: tmpdir() })).toThrow(`${tmpdir()} cannot be read: EISDIR`)
  const file = fileOf('PORT=1')
  chmodSync(file, 0)
  if (process.getuid?.() !== 0) expect(() => loadEnvFile({ ENV_FILE: file })).toThrow('cannot be read: EACCES')
})
