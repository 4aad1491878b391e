/** A message in the place of a block. */

interface NoticeOf {
  text: string
  tone?: 'plain' | 'bad'
  retry?: { label: string; run: () => void }
}

/** One sentence and, where it helps, one button. */
export const Notice = ({ text, tone = 'plain', retry }: NoticeOf) => (
  <section class="block notice" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
    <p>{text}</p>
    {retry && (
      <button type="button" class="quiet" onClick={retry.run}>
        {retry.label}
      </button>
    )}
  </section>
)
