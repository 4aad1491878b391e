/** What affiliates may promote with: banners and texts that the owner gives them. */
import { createHash } from 'node:crypto'
import type { Instant, Material, Tx } from '../../db/schema.ts'
import { DomainError } from '../kit/errors.ts'
import { imageKindOf } from './image.ts'
import { prepared } from '../kit/prepared.ts'
import { lockProject } from '../project/project.ts'

export const MOST_IMAGE_BYTES = 512 * 1024
/** All of them are in every answer to the widget. */
const MOST_MATERIALS = 100

/** `{{link}}` and `{{code}}` in a text become the affiliate's. */
export type NewMaterial = { title: string; position?: number | undefined } & (
  | { kind: 'text'; text: string }
  | { kind: 'banner'; url: string; width: number; height: number }
  | { kind: 'banner'; image: Uint8Array; width?: number | undefined; height?: number | undefined }
)

/** Without the image, which is read where it is served. */
export type MaterialRow = Omit<Material, 'image'>

const SHOWN = [
  'id',
  'project_id',
  'kind',
  'title',
  'text',
  'url',
  'width',
  'height',
  'position',
  'created_at',
  'content_type',
  'hash',
] as const

/** Of a banner's image: here, under an address that names its content, or where the owner said. null for a text. */
export const imageAddress = ({ id, url, hash }: MaterialRow, publicUrl: string): string | null =>
  url ?? (hash === null ? null : `${publicUrl}/materials/${id}/${hash}`)

/** In the order the owner gave them. */
export const materialsOf = (tx: Tx, projectId: number): Promise<MaterialRow[]> => selectMaterials(tx, { projectId })

const selectMaterials = prepared((tx, { projectId }: { projectId: number }) =>
  tx.selectFrom('material').select(SHOWN).where('project_id', '=', projectId).orderBy('position').orderBy('id'),
)

/** @throws DomainError 'invalid_request' naming the field */
export async function createMaterial(
  tx: Tx,
  projectId: number,
  material: NewMaterial,
  now: Instant,
): Promise<MaterialRow> {
  const { kind, title } = material
  const columns = 'text' in material ? { text: material.text } : bannerColumns(material)
  await lockProject(tx, projectId)
  const existing = await materialsOf(tx, projectId)
  if (existing.length >= MOST_MATERIALS)
    throw new DomainError('invalid_request', `title: expected at most ${MOST_MATERIALS} materials; delete one first`)
  const position = material.position ?? Math.max(0, ...existing.map((one) => one.position)) + 1
  return tx
    .insertInto('material')
    .values({ project_id: projectId, kind, title, position, created_at: now, ...columns })
    .returning(SHOWN)
    .executeTakeFirstOrThrow()
}

function bannerColumns(banner: NewMaterial & { kind: 'banner' }): Partial<Material> {
  if ('url' in banner) return { url: banner.url, width: banner.width, height: banner.height }
  const { image } = banner
  if (image.length > MOST_IMAGE_BYTES)
    throw new DomainError('invalid_request', `image: expected at most 512 KB, got ${Math.ceil(image.length / 1024)} KB`)
  const found = imageKindOf(image)
  if (!found) throw new DomainError('invalid_request', 'image: expected a PNG, JPEG, GIF, WebP or AVIF file in base64')
  const hash = createHash('sha256').update(image).digest('hex').slice(0, 16)
  const { content_type, width, height } = found
  return { image, content_type, hash, width: banner.width ?? width, height: banner.height ?? height }
}

/** @throws DomainError 'material_not_found' */
export async function deleteMaterial(tx: Tx, projectId: number, id: number): Promise<void> {
  const gone = await tx
    .deleteFrom('material')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  if (!gone) throw notFound()
}

export interface StoredImage {
  content_type: string
  image: Uint8Array
}

/** Only who knows the content's hash finds it. @throws DomainError 'material_not_found' */
export async function getImage(tx: Tx, id: number, hash: string): Promise<StoredImage> {
  const row = await tx
    .selectFrom('material')
    .select(['content_type', 'image'])
    .where('id', '=', id)
    .where('hash', '=', hash)
    .executeTakeFirst()
  if (!row?.image || !row.content_type) throw notFound()
  return { content_type: row.content_type, image: row.image }
}

const notFound = () => new DomainError('material_not_found', 'Material not found')
