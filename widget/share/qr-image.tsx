/** A link as a QR code to be scanned from the screen, and as an image to be printed. */
import type { Translate } from '../words/words.ts'
import type { Modules } from './qr-modules.ts'
import { qrCode } from './qr.ts'

/** Light modules around the code, without which cameras do not find it. */
const BORDER = 4
/** Pixels per module of the saved image. */
const SCALE = 16

export function QrImage({ link, filename, t }: { link: string; filename: string; t: Translate }) {
  const modules = qrCode(link)
  // Longer than any code can be: the link itself is still there.
  if (!modules) return null
  const size = modules.length + 2 * BORDER
  return (
    <div class="qr">
      <svg viewBox={`${-BORDER} ${-BORDER} ${size} ${size}`} role="img" aria-label={t('share.qr_label')}>
        <path d={outline(modules)} />
      </svg>
      <button type="button" class="quiet" onClick={() => save(modules, filename)}>
        {t('share.qr_save')}
      </button>
    </div>
  )
}

/** One rectangle for each run of dark modules in a row. */
function outline(modules: Modules): string {
  return modules
    .map((row, y) => {
      const runs = row.map((dark) => (dark ? '#' : ' ')).join('')
      return [...runs.matchAll(/#+/g)]
        .map(({ 0: run, index }) => `M${index} ${y}h${run.length}v1h-${run.length}z`)
        .join('')
    })
    .join('')
}

function save(modules: Modules, filename: string) {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = (modules.length + 2 * BORDER) * SCALE
  const paper = canvas.getContext('2d')!
  paper.fillStyle = '#fff'
  paper.fillRect(0, 0, canvas.width, canvas.height)
  paper.fillStyle = '#000'
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) {
      if (dark) paper.fillRect((x + BORDER) * SCALE, (y + BORDER) * SCALE, SCALE, SCALE)
    }
  }
  const anchor = document.createElement('a')
  anchor.download = filename
  anchor.href = canvas.toDataURL()
  anchor.click()
}
