/** What stands there until the API has answered, as high as what will come. */
import { Block } from './ui.tsx'

export function Skeleton({ joining }: { joining: boolean }) {
  if (joining) {
    return (
      <Block name="join">
        <Bone kind="title" />
        <Bone kind="line" />
        <Bone kind="control" />
      </Block>
    )
  }
  return (
    <>
      <Block name="header">
        <Bone kind="title" />
        <div class="headline">
          <Bone kind="line" />
          <Bone kind="number" />
          <Bone kind="text" />
        </div>
        <Bone kind="line" />
      </Block>
      <Block name="share" half>
        <Bone kind="text" />
        <Bone kind="control" />
        <Bone kind="line" />
      </Block>
      <Block name="stats" half>
        <Bone kind="text" />
        <Bone kind="number" />
        <Bone kind="line" />
      </Block>
      <Block name="daily">
        <Bone kind="control" />
        <Bone kind="chart" />
      </Block>
      <Block name="earnings">
        <Bone kind="text" />
        <Bone kind="balance" />
        <Bone kind="line" />
      </Block>
    </>
  )
}

const Bone = ({ kind }: { kind: string }) => <div class={`bone ${kind}`} aria-hidden="true" />
