import { refuse, refuseMissing } from './errors.ts';
import { addFile, requirePart } from './files.ts';
import { numberOf, stringOf } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import type { Collection, StoredObject } from './store.ts';

interface Upload {
  readonly id: string;
  readonly bytes: number;
  readonly createdAt: number;
  readonly filename: string;
  readonly purpose: string;
  readonly parts: Map<string, Buffer>;
  status: 'pending' | 'completed' | 'cancelled';
  file: StoredObject | null;
}

/** How long an upload stays open, in seconds. */
const openSeconds = 3600;

const uploads = (state: UpstreamState): Collection<Upload> => state.objects.of('Upload');

const uploadObject = (upload: Upload): StoredObject => ({
  id: upload.id,
  object: 'upload',
  bytes: upload.bytes,
  created_at: upload.createdAt,
  expires_at: upload.createdAt + openSeconds,
  filename: upload.filename,
  purpose: upload.purpose,
  status: upload.status,
  file: upload.file,
});

const create: Handler = (state, request) => {
  const { json } = request;
  const upload: Upload = {
    id: state.nextId('upload_'),
    bytes: numberOf(json['bytes']) ?? refuseMissing('bytes'),
    createdAt: Math.floor(state.clock.now() / 1000),
    filename: stringOf(json['filename']) ?? refuseMissing('filename'),
    purpose: stringOf(json['purpose']) ?? refuseMissing('purpose'),
    parts: new Map(),
    status: 'pending',
    file: null,
  };
  return jsonReply(uploadObject(uploads(state).put(request, upload.id, upload)));
};

const addPart: Handler = async (state, request, [id = '']) => {
  const upload = uploads(state).get(request, id);
  const { content } = await requirePart(request, 'data');
  const partId = state.nextId('part_');
  upload.parts.set(partId, content);
  const createdAt = Math.floor(state.clock.now() / 1000);
  return jsonReply({ id: partId, object: 'upload.part', created_at: createdAt, upload_id: id });
};

const complete: Handler = (state, request, [id = '']) => {
  const upload = uploads(state).get(request, id);
  const partIds = Array.isArray(request.json['part_ids'])
    ? request.json['part_ids'].map(String)
    : refuseMissing('part_ids');
  const parts = partIds.map((partId) => {
    const part = upload.parts.get(partId);
    return part ?? refuse(400, { message: `Part ${partId} does not belong to upload ${id}.`, param: 'part_ids' });
  });
  const content = Buffer.concat(parts);
  if (content.length !== upload.bytes)
    refuse(400, {
      message: `Expected ${upload.bytes} bytes, but the parts have ${content.length}.`,
      param: 'part_ids',
    });
  upload.file = addFile(state, request, { filename: upload.filename, purpose: upload.purpose, content });
  upload.status = 'completed';
  return jsonReply(uploadObject(upload));
};

const cancel: Handler = (state, request, [id = '']) => {
  const upload = uploads(state).get(request, id);
  upload.status = 'cancelled';
  return jsonReply(uploadObject(upload));
};

/** Uploads of large files in parts. */
export const uploadRoutes: Routes = {
  'POST /uploads': create,
  'POST /uploads/*/parts': addPart,
  'POST /uploads/*/complete': complete,
  'POST /uploads/*/cancel': cancel,
};
