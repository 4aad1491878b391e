/** The second tier: the link that invites others, who came, and what their sales brought. */
import { invitationLink } from '../share/links.ts'
import { Row } from '../parts/row.tsx'
import { rateSentence } from '../words/terms.ts'
import { Block } from '../parts/block.tsx'
import { Figure } from '../parts/figure.tsx'
import { OwnLink } from '../share/own-link.tsx'
import type { BlockProps } from './props.ts'

export function MultiTier({ program, affiliate, t, format }: BlockProps) {
  const { count, earnings, people } = affiliate.invited
  const terms = program.second_tier
  if (!terms && count === 0) return null
  const [first, ...others] = earnings.map(({ amount, currency }) => format.money(amount, currency))
  return (
    <Block name="tier" title={t('tier.title')} half>
      {terms && (
        <>
          <p>{rateSentence({ commission: terms }, t, format, 'tier')}</p>
          <div class="field">
            <span class="label">{t('tier.link')}</span>
            <OwnLink link={invitationLink(affiliate.referral_code)} quiet t={t} />
          </div>
        </>
      )}
      {count === 0 ? (
        <p class="empty">{t('tier.empty')}</p>
      ) : (
        <>
          <div class="figures two">
            <Figure label={t('tier.count')} text={format.count(count)} whole={format.number(count)} />
            <Figure label={t('tier.earned')} text={first ?? format.money(0, program.currency)} />
          </div>
          {others.length > 0 && <p class="label">{t('headline.others', { amounts: format.list(others) })}</p>}
          <div class="scroll" tabIndex={0} role="region" aria-label={t('tier.title')}>
            <ul>
              {people.map(({ name, joined_at: at }) => (
                <Row
                  key={name + at}
                  title={<bdi>{name}</bdi>}
                  amount={<span class="label">{t('tier.joined', { date: format.day(at, affiliate.today) })}</span>}
                />
              ))}
            </ul>
          </div>
        </>
      )}
    </Block>
  )
}
