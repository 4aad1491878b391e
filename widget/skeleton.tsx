/** What stands there until the API has answered, as high as what will come where the owner keeps the usual blocks. */
import { Block } from './ui.tsx'

/** `joining`: nobody is vouched for, so the form to join will come. */
export const Skeleton = ({ joining }: { joining: boolean }) =>
  joining ? (
    <Block name="join">
      <div class="pitch">{bones('title', 'note')}</div>
      <div class="offer">{bones('line', 'number', 'note')}</div>
      <div class="door">{bones('line', 'input', 'tools', 'tools')}</div>
    </Block>
  ) : (
    <>
      <Block name="header">
        {bones('title')}
        <div class="headline">{bones('title', 'number', 'title')}</div>
        {bones('note')}
      </Block>
      <Block name="share" half>
        {bones('line')}
        <div class="row">{bones('control', 'control')}</div>
        {bones('line', 'tools')}
      </Block>
      <Block name="coupon" half>
        {bones('line')}
        <div class="row">{bones('control', 'control')}</div>
        {bones('note')}
      </Block>
      <Block name="stats" half>
        {bones('line', 'figures')}
      </Block>
      <Block name="daily">{bones('controls', 'chart')}</Block>
      <Block name="earnings" half>
        {bones('line', 'balances', 'tools', 'note')}
      </Block>
      <Block name="recent" half>
        {bones('line', 'list')}
      </Block>
      <Block name="methods" half>
        {bones('line', 'account')}
      </Block>
    </>
  )

const bones = (...kinds: string[]) =>
  kinds.map((kind, index) => <div key={index} class={`bone ${kind}-bone`} aria-hidden="true" />)
