import { expect, test } from 'vitest'
import { fill } from './templates.ts'

test('a value cannot leave its place in the page', () => {
  const hostile = `"><script>alert('1')</script>&{{secret}}`
  expect(fill('<p title="{{name}}">', { name: hostile, secret: 'hush' })).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;{{secret}}">',
  )
})

test('a section shows when its value is true, once for each item of a list, and otherwise not', () => {
  const page = '{{#plans}}{{name}}{{#best}}*{{/best}} {{/plans}}{{^plans}}none{{/plans}}'
  expect(fill(page, { plans: [{ name: 'a' }, { name: 'b', best: true }] })).toBe('a b* ')
  expect(fill(page, { plans: [] })).toBe('none')
  expect(fill('{{#open}}yes{{/open}}{{^open}}no{{/open}}', { open: false })).toBe('no')
})

test('a page that needs a value nobody gave says which', () => {
  expect(() => fill('{{projectId}}', {})).toThrow('{{projectId}}')
})
