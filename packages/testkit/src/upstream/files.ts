import { refuse, refuseMissing } from './errors.ts';
import type { Handler, Routes } from './router.ts';
import { jsonReply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { Collection, StoredObject } from './store.ts';
import { stringOf } from './json.ts';

/** A file with what is in it. */
export interface StoredFile {
  readonly object: StoredObject;
  readonly content: Buffer;
}

/** What is stated about a file that is made. */
export interface NewFile {
  readonly filename: string;
  readonly purpose: string;
  readonly content: Buffer;
}

/** The files of a server. */
export const filesOf = (state: UpstreamState): Collection<StoredFile> => state.objects.of('File');

/** Keeps a file in the project of the request. */
export function addFile(state: UpstreamState, request: UpstreamRequest, file: NewFile): StoredObject {
  const { filename, purpose, content } = file;
  const object = {
    id: state.nextId('file-'),
    object: 'file',
    bytes: content.length,
    created_at: Math.floor(state.clock.now() / 1000),
    expires_at: null,
    filename,
    purpose,
    status: 'processed',
    status_details: null,
  };
  filesOf(state).put(request, object.id, { object, content });
  return object;
}

/** The file that a multipart request carries under `name`; refuses the request if there is none. */
export async function requirePart(
  request: UpstreamRequest,
  name: string,
): Promise<{ filename: string; content: Buffer }> {
  const part = request.form?.get(name);
  if (part === null || part === undefined) return refuseMissing(name);
  if (typeof part === 'string') return { filename: name, content: Buffer.from(part) };
  return { filename: part.name, content: Buffer.from(await part.arrayBuffer()) };
}

const upload: Handler = async (state, request) => {
  const purpose = stringOf(request.form?.get('purpose')) ?? refuseMissing('purpose');
  const { filename, content } = await requirePart(request, 'file');
  return jsonReply(addFile(state, request, { filename, purpose, content }));
};

const list: Handler = (state, request) => {
  const purpose = request.query.get('purpose');
  const objects = filesOf(state)
    .list(request)
    .map((file) => file.object)
    .filter((object) => purpose === null || object['purpose'] === purpose);
  return listPage(objects, request.query);
};

const retrieve: Handler = (state, request, [id = '']) => jsonReply(filesOf(state).get(request, id).object);

const content: Handler = (state, request, [id = '']) => {
  const file = filesOf(state).get(request, id);
  if (file.object['purpose'] === 'assistants')
    refuse(400, { message: 'Not allowed to download files of purpose: assistants' });
  return { status: 200, contentType: 'application/octet-stream', body: file.content };
};

const remove: Handler = (state, request, [id = '']) => {
  filesOf(state).delete(request, id);
  return jsonReply({ id, object: 'file', deleted: true });
};

/** Files. */
export const fileRoutes: Routes = {
  'POST /files': upload,
  'GET /files': list,
  'GET /files/*': retrieve,
  'GET /files/*/content': content,
  'DELETE /files/*': remove,
};
