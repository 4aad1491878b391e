/** The affiliate's link and what can be done with it: copy, share, scan, lead to another page, carry a code of their own. */
import { useSignal, type Signal } from '@preact/signals'
import { useAttempt } from './attempt.ts'
import { Field } from '../parts/field.tsx'
import { useFocusAfter } from '../parts/focus.ts'
import { ownCode, pageLink, referralLink, siteOf, spoken } from '../share/links.ts'
import { problemText } from '../words/problem.ts'
import { QrImage } from '../share/qr-image.tsx'
import { ShareButton } from '../share/share-button.tsx'
import { ownTerms, rateSentence } from '../words/terms.ts'
import { Block } from '../parts/block.tsx'
import { OwnLink } from '../share/own-link.tsx'
import type { BlockProps } from './props.ts'

export function ShareLinks(props: BlockProps) {
  const { program, affiliate, t, format } = props
  const page = useSignal('')
  const code = ownCode(affiliate)
  const link = pageLink(program, code, page.value) ?? referralLink(program, code)
  const rate = rateSentence(ownTerms(program, affiliate), t, format)
  const tools = { qr: useSignal(false), deep: useSignal(false), slug: useSignal(false) }

  function turn(tool: keyof typeof tools) {
    tools[tool].value = !tools[tool].value
    // What cannot be seen any more must not go on changing the link.
    if (!tools.deep.value) page.value = ''
  }

  return (
    <Block name="share" title={t('share.title')} half>
      <OwnLink link={link} t={t} />
      {rate && <p class="label">{rate}</p>}
      <div class="tools">
        <ShareButton link={link} text={t('share.text', { name: program.name })} look="tool" t={t} />
        {(['qr', 'deep', 'slug'] as const)
          .filter((tool) => tool !== 'slug' || program.custom_slugs)
          .map((tool) => (
            <button type="button" class="tool" key={tool} aria-expanded={tools[tool].value} onClick={() => turn(tool)}>
              {t(`share.${tool}`)}
            </button>
          ))}
      </div>
      {tools.qr.value && <QrImage link={link} filename={`${code}.png`} t={t} />}
      {tools.deep.value && <PageForm {...props} page={page} link={link} />}
      {tools.slug.value && <SlugForm {...props} />}
    </Block>
  )
}

/** The link above follows what is entered here. */
function PageForm({ program, page, link, t }: BlockProps & { page: Signal<string>; link: string }) {
  const left = useSignal(false)
  const valid = pageLink(program, 'code', page.value) !== null
  const part = useFocusAfter(true, true)
  return (
    <div ref={part} onFocusOut={() => (left.value = true)}>
      <Field
        label={t('share.deep_label')}
        value={page.value}
        onValue={(value) => {
          page.value = value
          left.value = false
        }}
        onChange={() => (left.value = true)}
        problem={!valid && left.value ? t('share.deep_invalid', { site: siteOf(program) }) : ''}
        dir="ltr"
        inputMode="url"
        autocomplete="off"
        placeholder={`${siteOf(program)}/…`}
      />
      <p class="unseen" role="status">
        {valid && left.value && page.value && spoken(link)}
      </p>
    </div>
  )
}

const SLUG = /^[\w-]{3,32}$/

function SlugForm({ affiliate, actions, t }: BlockProps) {
  const slug = useSignal(affiliate.slug ?? '')
  const state = useSignal<'typing' | 'wrong' | 'saved'>('typing')
  const { busy, failure, run } = useAttempt()
  const part = useFocusAfter(true, true)
  const said = failure.value ? problemText(failure.value.code, t) : ''

  async function submit(event: SubmitEvent) {
    event.preventDefault()
    const wanted = slug.value.trim()
    const right = SLUG.test(wanted)
    state.value = right ? 'typing' : 'wrong'
    if (right && (await run(() => actions.setSlug(wanted)))) state.value = 'saved'
    else part.current?.querySelector('input')?.focus()
  }

  return (
    <div ref={part}>
      <form noValidate onSubmit={(event) => void submit(event)}>
        <Field
          label={t('share.slug_label')}
          value={slug.value}
          onValue={(value) => {
            slug.value = value
            state.value = 'typing'
          }}
          hint={t('share.slug_hint')}
          problem={state.value === 'wrong' ? t('share.slug_hint') : said}
          dir="ltr"
          maxLength={32}
          autocomplete="off"
        />
        <div class="buttons">
          <button type="submit" class="quiet" aria-disabled={busy.value}>
            {t('methods.save')}
          </button>
          <p class="label" role="status">
            {state.value === 'saved' && t('share.slug_done')}
          </p>
        </div>
      </form>
    </div>
  )
}
