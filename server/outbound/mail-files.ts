/** Mails that lie in the outbox folder, where there is no SMTP server: found by whom they go to or name, and removed. */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @param mentions whether a mail, as its reader sees it, is about the person
 * @param keep whether the mail with this number stays all the same
 * @returns how many were removed
 */
export async function removeMailFiles(
  folder: string,
  mentions: (text: string) => boolean,
  keep: (mailId: number) => Promise<boolean>,
): Promise<number> {
  let removed = 0
  for (const name of await filesIn(folder)) {
    const file = join(folder, name)
    const text = await readFile(file, 'latin1').catch(() => '')
    if (!mentions(readable(text)) || (await keep(Number.parseInt(name, 10)))) continue
    await rm(file, { force: true })
    removed += 1
  }
  return removed
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.eml'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Quoted-printable undone: a long line is broken anywhere, in an address too. */
const readable = (message: string): string =>
  Buffer.from(
    message
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
