/** A letter as plain text and as HTML that reads in every mail program, light and dark. */
import type { Letter } from './mail-letter.ts'
import { mailLook, type MailLook } from './mail-look.ts'
import type { Wording } from './mail-wording.ts'

export function textOf(letter: Letter): string {
  const { label, headline, paragraphs, rows, link, after, commands, where, action, closing } = letter
  const blocks = [
    `${label}\n${headline}`,
    ...paragraphs,
    rows.map((row) => `${row.label}: ${row.value}`).join('\n'),
    link && `${link.label}:\n${link.address}`,
    after,
    ...commands.map(({ label, command }) => `${label}:\n  ${command}`),
    where,
    action && `${action.label}:\n${action.address}`,
    `-- \n${closing}`,
  ]
  return `${blocks.filter(Boolean).join('\n\n')}\n`
}

/**
 * Tables and inline styles, because mail programs know little else; the dark colours stand in the one style element. Nothing
 * is loaded from anywhere.
 */
export function htmlOf(
  letter: Letter,
  { language, dir }: Pick<Wording, 'language' | 'dir'>,
  { project, colour }: { project: string; colour: string | null },
): string {
  const light = mailLook(colour, 'light')
  const dark = mailLook(colour, 'dark')
  const { subject, preview, label, headline, isCode, paragraphs, rows, link, after, commands, where, action, closing } =
    letter
  const start = dir === 'rtl' ? 'right' : 'left'

  const block = (content: string, space: number) =>
    `<tr><td align="${start}" style="padding:0 0 ${space}px;${FONT}text-align:${start}">${content}</td></tr>`
  const words = (text: string, size: number, ink: 'ink' | 'muted') =>
    `<div class="${ink}" style="font-size:${size}px;line-height:1.4;color:${light[ink]}">${escape(text)}</div>`
  const big = `<div class="ink" style="font-size:28px;line-height:1.2;font-weight:600;color:${light.ink};font-variant-numeric:tabular-nums;overflow-wrap:anywhere${isCode ? ';letter-spacing:6px;direction:ltr;unicode-bidi:isolate' : ''}">${escape(headline)}</div>`

  const body = [
    block(
      `<div class="ink" style="font-size:15px;line-height:1.4;font-weight:600;color:${light.ink}">${escape(project)}</div>`,
      16,
    ),
    block(`<div class="line" style="border-top:1px solid ${light.line};font-size:0;line-height:0">&nbsp;</div>`, 16),
    block(words(label, 13, 'muted'), 4),
    block(big, 16),
    ...paragraphs.map((text) => block(words(text, 15, 'ink'), 16)),
    ...(rows.length > 0 ? [block(tableOf(rows, light, start), 16)] : []),
    ...(link ? [block(linkOf(link, light), 16)] : []),
    ...(after ? [block(words(after, 15, 'ink'), 16)] : []),
    ...commands.map((command) => block(commandOf(command, light), 16)),
    ...(where ? [block(words(where, 13, 'muted'), 16)] : []),
    ...(action ? [block(buttonOf(action, light), 16)] : []),
    block(`<div class="line" style="border-top:1px solid ${light.line};font-size:0;line-height:0">&nbsp;</div>`, 16),
    block(words(closing, 13, 'muted'), 0),
  ]

  return `<!doctype html>
<html lang="${escape(language)}" dir="${dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${escape(subject)}</title>
<style>
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.ground{background:${dark.ground}!important}
.ink{color:${dark.ink}!important}
.muted{color:${dark.muted}!important}
.accent{color:${dark.accent}!important}
.line{border-color:${dark.line}!important}
.wash{background:${dark.wash}!important}
.fill{background:${dark.fill}!important;color:${dark.onFill}!important}
}
</style>
</head>
<body class="ground" style="margin:0;padding:0;background:${light.ground}">
<div style="display:none;max-height:0;overflow:hidden">${escape(preview)}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:${light.ground}"><tr><td align="center" style="padding:24px 16px 32px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px;table-layout:fixed">
${body.join('\n')}
</table>
</td></tr></table>
</body>
</html>
`
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"

function tableOf(rows: Letter['rows'], light: MailLook, start: string): string {
  const cell = (text: string, ink: 'ink' | 'muted', more: string) =>
    `<td class="${ink} line" valign="top" align="${start}" style="padding:8px 0;border-top:1px solid ${light.line};${FONT}font-size:15px;line-height:1.4;color:${light[ink]};text-align:${start};${more}">${text}</td>`
  const lines = rows.map(
    ({ label, value, isLink }) =>
      `<tr>${cell(escape(label), 'muted', `width:40%;padding-${start === 'left' ? 'right' : 'left'}:12px`)}${cell(
        isLink ? `<span dir="ltr">${escape(value)}</span>` : escape(value),
        'ink',
        'font-variant-numeric:tabular-nums;overflow-wrap:anywhere',
      )}</tr>`,
  )
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="table-layout:fixed">${lines.join('')}</table>`
}

const linkOf = ({ label, address }: NonNullable<Letter['link']>, light: MailLook) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="wash" style="padding:16px;border-radius:8px;background:${light.wash};${FONT}">` +
  `<div class="muted" style="font-size:13px;line-height:1.4;color:${light.muted}">${escape(label)}</div>` +
  `<a class="accent" href="${escape(address)}" dir="ltr" style="font-size:15px;line-height:1.4;color:${light.accent};text-decoration:none;overflow-wrap:anywhere;word-break:break-word">${escape(address)}</a></td></tr></table>`

const commandOf = ({ label, command }: Letter['commands'][number], light: MailLook) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="wash" style="padding:16px;border-radius:8px;background:${light.wash};${FONT}">` +
  `<div class="muted" style="font-size:13px;line-height:1.4;color:${light.muted}">${escape(label)}</div>` +
  `<code class="ink" dir="ltr" style="font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;line-height:1.4;color:${light.ink};overflow-wrap:anywhere;unicode-bidi:isolate">${escape(command)}</code></td></tr></table>`

const buttonOf = ({ label, address }: NonNullable<Letter['action']>, light: MailLook) =>
  `<a class="fill" href="${escape(address)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:${light.fill};font-size:15px;line-height:20px;font-weight:600;color:${light.onFill};text-decoration:none">${escape(label)}</a>`

const escape = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
