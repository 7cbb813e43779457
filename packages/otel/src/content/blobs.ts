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
  if (found === null)
    return uri === '' || hasScheme.test(uri)
      ? { type: 'uri', modality, uri: withoutQuery(uri) }
      : blobPart(modality, undefined, uri);
  const [head, mimeType] = found;
  return blobPart(modality, mimeType || undefined, uri.slice(head.length));
}

const hasScheme = /^[a-z][\w+.-]{0,30}:/i;

const blobInText = /data:([\w.+/-]{0,100})(?:;[\w=.+-]{1,60}){0,4};base64,([\w+/=-]*)/g;

/** A text with what stands in the place of blobs that are in it as `data:` URLs. */
export function withoutBlobs(text: string): string {
  if (!text.includes(';base64,')) return text;
  return text.replaceAll(blobInText, (_, mimeType: string, base64: string) => {
    const { content, size } = blobPart('', undefined, base64);
    return `[${mimeType || 'data'}, ${String(size)} bytes, ${String(content)}]`;
  });
}

/** Queries of signed addresses are credentials. */
const withoutQuery = (uri: string): string => uri.split(/[?#]/, 1)[0] ?? '';
