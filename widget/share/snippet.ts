/** What is handed out of the owner's material, with the affiliate's link and code in it. */
import type { Material } from '../../server/public/widget/contract.ts'

type Banner = Extract<Material, { kind: 'banner' }>

/** HTML for any page: the image, leading to the link. Nothing in it can end an attribute. */
export const bannerHtml = ({ title, url, width, height }: Banner, link: string) =>
  `<a href="${escape(link)}"><img src="${escape(url)}" width="${width}" height="${height}" alt="${escape(title)}"></a>`

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!)

/** The owner's text with `{{link}}` and `{{code}}` filled in. */
export const filledText = (text: string, link: string, code: string) =>
  text.replaceAll(/\{\{\s*(link|code)\s*\}\}/g, (_, name) => (name === 'link' ? link : code))
