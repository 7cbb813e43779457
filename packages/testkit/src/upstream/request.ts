import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AnswerFault } from './fault.ts';
import { isObject } from './json.ts';
import type { JsonObject } from './json.ts';
import type { KeyRecord } from './keys.ts';

/** A request, read to its end, as the handlers see it. */
export interface UpstreamRequest {
  /** The `x-request-id` of its reply. */
  readonly id: string;
  readonly method: string;
  /** The path as it was sent. */
  readonly pathname: string;
  /** The path of the operation: without the version, and without an Azure deployment. */
  readonly path: string;
  /** The query with its question mark, or nothing. */
  readonly search: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The parsed body; empty if there was none. */
  readonly json: JsonObject;
  /** Whether there was a body and it was no JSON object. */
  readonly unparsable: boolean;
  /** The parsed multipart body, if it was one. */
  readonly form?: FormData;
  readonly model?: string;
  /** Whether a stream is asked for. */
  readonly stream: boolean;
  /** Whether it was sent in the manner of Azure. */
  readonly azure: boolean;
  readonly secret?: string;
  readonly caller?: KeyRecord;
  /** What the script wants for an answer. */
  answer?: AnswerFault;
  /** The rate-limit headers of its reply, once a model operation has asked for its share. */
  limitHeaders?: readonly string[];
}

/** Reads a body to its end; rejects if the client goes away before. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    message.on('error', reject);
    message.on('close', () => reject(new Error('the client went away')));
  });
}

interface Target {
  readonly pathname: string;
  readonly path: string;
  readonly search: string;
  readonly deployment?: string;
  readonly azure: boolean;
}

const azureDeployment = /^\/openai\/deployments\/([^/]+)(\/.*)$/;

/** A segment of a path as it was meant; as it was sent, if it is badly encoded. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Takes a request line's target apart: where it points, whichever dialect it is written in. */
export function parseTarget(target: string): Target {
  const mark = target.indexOf('?');
  const pathname = mark < 0 ? target : target.slice(0, mark);
  const search = mark < 0 ? '' : target.slice(mark);
  if (pathname.startsWith('/v1/')) return { pathname, path: pathname.slice(3), search, azure: false };
  const deployed = azureDeployment.exec(pathname);
  if (deployed) return { pathname, path: deployed[2]!, search, azure: true, deployment: decodeSegment(deployed[1]!) };
  if (pathname.startsWith('/openai/v1/')) return { pathname, path: pathname.slice(10), search, azure: true };
  return { pathname, path: pathname === '/oauth/token' ? pathname : '', search, azure: false };
}

/** The key a request carries, wherever it carries it. */
export function secretOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  if (authorization?.slice(0, 7).toLowerCase() === 'bearer ') return authorization.slice(7).trim();
  const apiKey = headers['api-key'];
  return typeof apiKey === 'string' ? apiKey : undefined;
}

interface Content {
  readonly json: JsonObject;
  readonly unparsable: boolean;
  readonly form?: FormData;
}

const nothing: Content = { json: {}, unparsable: false };
const unparsable: Content = { json: {}, unparsable: true };

async function parseForm(body: Buffer, contentType: string): Promise<Content> {
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    return { json: {}, unparsable: false, form };
  } catch {
    return unparsable;
  }
}

/** Parses a body according to its type. */
export function parseContent(body: Buffer, contentType = ''): Content | Promise<Content> {
  if (body.length === 0) return nothing;
  if (contentType.startsWith('multipart/form-data')) return parseForm(body, contentType);
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return { json: Object.fromEntries(new URLSearchParams(body.toString())), unparsable: false };
  try {
    const json: unknown = JSON.parse(body.toString());
    return isObject(json) ? { json, unparsable: false } : unparsable;
  } catch {
    return unparsable;
  }
}
