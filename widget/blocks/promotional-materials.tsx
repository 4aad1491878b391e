/** What the owner has to share: banners as HTML, texts with the link already in them. */
import type { Material } from '../../server/public/widget/contract.ts'
import { ownCode, referralLink } from '../share/links.ts'
import { ShareButton } from '../share/share-button.tsx'
import { bannerHtml, filledText } from '../share/snippet.ts'
import { Block } from '../parts/block.tsx'
import { Copyable } from '../parts/copyable.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import type { BlockProps } from './props.ts'

export const PromotionalMaterials = (props: BlockProps) => {
  const { materials } = props.program
  const { t } = props
  return (
    <Block name="materials" title={t('materials.title')}>
      {materials.length === 0 ? (
        <p class="empty">{t('materials.empty')}</p>
      ) : (
        <ul class="gallery">
          {materials.map((material) => (
            <li key={material.id}>
              {material.kind === 'banner' ? (
                <Banner {...props} banner={material} />
              ) : (
                <Text {...props} text={material} />
              )}
            </li>
          ))}
        </ul>
      )}
    </Block>
  )
}

/** Pixels a banner may be high where it is shown. */
const HIGHEST = 160

type Of<Kind> = BlockProps & Record<Kind extends 'banner' ? 'banner' : 'text', Extract<Material, { kind: Kind }>>

function Banner({ program, affiliate, banner, t, format }: Of<'banner'>) {
  const { title, url, width, height } = banner
  // As large as its place allows, known before it has loaded.
  const shown = `min(100%,${Math.min(width, (HIGHEST * width) / height)}px)`
  const size = { width: format.number(width), height: format.number(height) }
  return (
    <>
      <div class="stage">
        <img src={url} width={width} height={height} alt={title} loading="lazy" style={{ width: shown }} />
      </div>
      <p class="entry">
        <b>{title}</b> <span class="label">{t('materials.banner', size)}</span>
      </p>
      <Copyable
        text={bannerHtml(banner, referralLink(program, ownCode(affiliate)))}
        label={t('materials.code')}
        quiet
        t={t}
      />
    </>
  )
}

function Text({ program, affiliate, text: { title, text }, t }: Of<'text'>) {
  const code = ownCode(affiliate)
  const link = referralLink(program, code)
  const words = filledText(text, link, code)
  return (
    <>
      <p class="stage text" dir="auto">
        {words}
      </p>
      <p>
        <b>{title}</b>
      </p>
      <div class="buttons">
        <CopyButton text={words} label={t('materials.text')} quiet t={t} />
        <ShareButton link={link} text={words} t={t} />
      </div>
    </>
  )
}
