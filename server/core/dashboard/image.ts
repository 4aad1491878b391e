/** What an image is and how large, told by its own bytes: a name or a claimed type proves nothing. */

export interface ImageKind {
  content_type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/avif'
  /** Pixels. */
  width: number
  height: number
}

/** null when it is none of the five, or is cut off before its size. SVG is none: it can carry scripts. */
export function imageKindOf(bytes: Uint8Array): ImageKind | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const { content_type, matches, sizeOf } of READERS) {
    if (!matches(bytes)) continue
    try {
      const [width, height] = sizeOf(view, bytes)
      return width > 0 && height > 0 ? { content_type, width, height } : null
    } catch (error) {
      if (error instanceof RangeError) return null
      throw error
    }
  }
  return null
}

type Size = [width: number, height: number]

interface Reader {
  content_type: ImageKind['content_type']
  matches: (bytes: Uint8Array) => boolean
  /** @throws RangeError when the bytes end before */
  sizeOf: (view: DataView, bytes: Uint8Array) => Size
}

const textAt = (bytes: Uint8Array, from: number, length: number) =>
  String.fromCharCode(...bytes.subarray(from, from + length))

const READERS: Reader[] = [
  {
    content_type: 'image/png',
    matches: (bytes) => textAt(bytes, 0, 8) === '\x89PNG\r\n\x1a\n' && textAt(bytes, 12, 4) === 'IHDR',
    sizeOf: (view) => [view.getUint32(16), view.getUint32(20)],
  },
  {
    content_type: 'image/gif',
    matches: (bytes) => /^GIF8[79]a$/.test(textAt(bytes, 0, 6)),
    sizeOf: (view) => [view.getUint16(6, true), view.getUint16(8, true)],
  },
  {
    content_type: 'image/jpeg',
    matches: (bytes) => textAt(bytes, 0, 3) === '\xff\xd8\xff',
    sizeOf: jpegSize,
  },
  {
    content_type: 'image/webp',
    matches: (bytes) => textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP',
    sizeOf: webpSize,
  },
  {
    content_type: 'image/avif',
    matches: (bytes) => textAt(bytes, 4, 4) === 'ftyp' && /^avi[fs]$/.test(textAt(bytes, 8, 4)),
    sizeOf: avifSize,
  },
]

/** Segments follow each other; the one that begins a frame (SOF) has the size. */
function jpegSize(view: DataView): Size {
  let at = 2
  for (;;) {
    while (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xff) at++
    const marker = view.getUint16(at)
    if (marker >> 8 !== 0xff) throw new RangeError('No segment begins here')
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)]
    at += 2 + Math.max(2, view.getUint16(at + 2))
  }
}

function webpSize(view: DataView, bytes: Uint8Array): Size {
  switch (textAt(bytes, 12, 4)) {
    case 'VP8 ':
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1]
    }
    case 'VP8X':
      return [
        (view.getUint16(24, true) | (view.getUint8(26) << 16)) + 1,
        (view.getUint16(27, true) | (view.getUint8(29) << 16)) + 1,
      ]
    default:
      throw new RangeError('No picture in the first chunk')
  }
}

/** The image's spatial extents (`ispe`) stand in its first boxes; the largest are the whole picture's. */
function avifSize(view: DataView, bytes: Uint8Array): Size {
  let largest: Size = [0, 0]
  const end = Math.min(bytes.length - 16, 4096)
  for (let at = 12; at <= end; at++) {
    if (bytes[at] !== 0x69 || textAt(bytes, at, 4) !== 'ispe') continue
    const size: Size = [view.getUint32(at + 8), view.getUint32(at + 12)]
    if (size[0] * size[1] > largest[0] * largest[1]) largest = size
  }
  return largest
}
