/** What stands there until the API has answered, as high as what will come where the owner keeps the usual blocks. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Block } from '../parts/block.tsx'

/** Nothing seems to take time that is over so soon, ms: until then the room is kept (look/frame-css.ts) and left empty. */
const SOON = 100

/** `joining`: nobody is vouched for, so the form to join will come. */
export function Skeleton({ joining }: { joining: boolean }) {
  const late = useSignal(false)
  useEffect(() => {
    const timer = setTimeout(() => (late.value = true), SOON)
    return () => clearTimeout(timer)
  }, [])
  if (!late.value) return null
  return joining ? <Door /> : <Blocks />
}

const Door = () => (
  <Block name="join">
    <div class="pitch">{bones('title', 'note')}</div>
    <div class="offer">{bones('line', 'number', 'note')}</div>
    <div class="door">{bones('line', 'input', 'tools', 'tools')}</div>
  </Block>
)

const Blocks = () => (
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
