import { expect, test } from 'vitest'
import { bannerHtml, filledText } from './snippet.ts'

test('a banner is one line of HTML whose attributes cannot be left', () => {
  const banner = {
    id: 1,
    kind: 'banner' as const,
    title: `Plans "that" <hold> & it's fine`,
    url: 'https://cdn.example/a.png?w=728&h=90"onload="x',
    width: 728,
    height: 90,
  }
  expect(bannerHtml(banner, 'https://shop.example/?a=1&ref=ann')).toBe(
    '<a href="https://shop.example/?a=1&amp;ref=ann">' +
      '<img src="https://cdn.example/a.png?w=728&amp;h=90&quot;onload=&quot;x" width="728" height="90"' +
      ' alt="Plans &quot;that&quot; &lt;hold&gt; &amp; it&#39;s fine"></a>',
  )
})

test('link and code are filled in wherever they stand, and nothing else is', () => {
  const filled = (text: string) => filledText(text, 'https://shop.example/?ref=$&', 'ann')
  expect(filled('{{code}}: {{ link }} and {{link}}')).toBe(
    'ann: https://shop.example/?ref=$& and https://shop.example/?ref=$&',
  )
  expect(filled('{{name}} {link} {{{code}}}')).toBe('{{name}} {link} {ann}')
})
