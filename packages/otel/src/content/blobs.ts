import { createHash } from 'node:crypto';
import type { Part } from './parts.ts';

/** What a blob is told as: never itself, but so that the same one is known again. */
export function blobPart(modality: string, mimeType: string | undefined, base64: string): Part {
  const bytes = Buffer.from(base64, 'base64');
  const hash = createHash('sha256').update(bytes).digest('hex');
  return {
    type: 'blob',
    modality,
    ...(mimeType !== undefined && { mime_type: mimeType }),
    content: `sha256:${hash}`,
    size: bytes.length,
  };
}

const dataUrl = /^data:([^;,]{0,100})(?:;[^,]{0,200})?,/;

/** A part for something by its address, or for what a `data:` URL holds. */
export function uriPart(modality: string, uri: string): Part {
  const found = dataUrl.exec(uri);
  if (found === null) return { type: 'uri', modality, uri: withoutQuery(uri) };
  const [head, mimeType] = found;
  return blobPart(modality, mimeType || undefined, uri.slice(head.length));
}

/** Queries of signed addresses are credentials. */
const withoutQuery = (uri: string): string => uri.split(/[?#]/, 1)[0] ?? '';
