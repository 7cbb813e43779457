import { filesOf } from './files.ts';
import { stringOf } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { Collection, StoredObject } from './store.ts';
import type { UpstreamRequest } from './request.ts';

/** Something that is worked on, and done once it has been asked after. */
interface Job {
  readonly id: string;
  readonly createdAt: number;
  readonly fileIds: readonly string[];
  polls: number;
  cancelled: boolean;
}

interface Shelf {
  readonly object: StoredObject;
  readonly files: Map<string, Job>;
  readonly batches: Map<string, Job>;
}

/** How long a polling helper is told to wait: as short as can be, as it waits in real time. */
const polling = { 'openai-poll-after-ms': '1' };

const shelves = (state: UpstreamState): Collection<Shelf> => state.objects.of('vector store');

const statusOf = (job: Job): 'cancelled' | 'completed' | 'in_progress' => {
  if (job.cancelled) return 'cancelled';
  return job.polls > 1 ? 'completed' : 'in_progress';
};

const fileObject = (shelf: Shelf, job: Job): StoredObject => ({
  id: job.id,
  object: 'vector_store.file',
  created_at: job.createdAt,
  last_error: null,
  status: statusOf(job),
  usage_bytes: statusOf(job) === 'completed' ? 1024 : 0,
  vector_store_id: shelf.object.id,
});

const batchObject = (shelf: Shelf, job: Job): StoredObject => {
  const status = statusOf(job);
  const total = job.fileIds.length;
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total, [status]: total };
  const { id, createdAt } = job;
  return {
    id,
    object: 'vector_store.files_batch',
    created_at: createdAt,
    file_counts: counts,
    status,
    vector_store_id: shelf.object.id,
  };
};

const newJob = (state: UpstreamState, id: string, fileIds: readonly string[]): Job => ({
  id,
  createdAt: Math.floor(state.clock.now() / 1000),
  fileIds,
  polls: 0,
  cancelled: false,
});

/** The ids of files that are named in a request; each has to exist. */
function fileIdsOf(state: UpstreamState, request: UpstreamRequest): string[] {
  const { file_id: one, file_ids: many } = request.json;
  const ids = Array.isArray(many) ? many.map(String) : [stringOf(one) ?? ''];
  for (const id of ids) filesOf(state).get(request, id);
  return ids;
}

const create: Handler = (state, request) => {
  const createdAt = Math.floor(state.clock.now() / 1000);
  const object = {
    id: state.nextId('vs_'),
    object: 'vector_store',
    created_at: createdAt,
    name: request.json['name'] ?? null,
    metadata: request.json['metadata'] ?? {},
    status: 'completed',
    usage_bytes: 0,
    last_active_at: createdAt,
    file_counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 },
  };
  shelves(state).put(request, object.id, { object, files: new Map(), batches: new Map() });
  return jsonReply(object);
};

const list: Handler = (state, request) =>
  listPage(
    shelves(state)
      .list(request)
      .map((shelf) => shelf.object),
    request.query,
  );

const retrieve: Handler = (state, request, [id = '']) => jsonReply(shelves(state).get(request, id).object);

const remove: Handler = (state, request, [id = '']) => {
  shelves(state).delete(request, id);
  return jsonReply({ id, object: 'vector_store.deleted', deleted: true });
};

const addFiles: Handler = (state, request, [id = '']) => {
  const shelf = shelves(state).get(request, id);
  const [fileId = ''] = fileIdsOf(state, request);
  const job = newJob(state, fileId, [fileId]);
  shelf.files.set(fileId, job);
  return jsonReply(fileObject(shelf, job));
};

const addBatch: Handler = (state, request, [id = '']) => {
  const shelf = shelves(state).get(request, id);
  const job = newJob(state, state.nextId('vsfb_'), fileIdsOf(state, request));
  shelf.batches.set(job.id, job);
  return jsonReply(batchObject(shelf, job));
};

const notHere = (id: string): Reply =>
  jsonReply(
    { error: { message: `No such object: ${id}`, type: 'invalid_request_error', param: null, code: null } },
    404,
  );

/** Asks after a file or batch: the first answer is that it is in progress, the second that it is done. */
const poll =
  (jobs: 'files' | 'batches', show: (shelf: Shelf, job: Job) => StoredObject): Handler =>
  (state, request, [id = '', jobId = '']) => {
    const shelf = shelves(state).get(request, id);
    const job = shelf[jobs].get(jobId);
    if (job === undefined) return notHere(jobId);
    job.polls += 1;
    return { ...jsonReply(show(shelf, job)), headers: polling };
  };

const cancelBatch: Handler = (state, request, [id = '', jobId = '']) => {
  const shelf = shelves(state).get(request, id);
  const job = shelf.batches.get(jobId);
  if (job === undefined) return notHere(jobId);
  job.cancelled = true;
  return jsonReply(batchObject(shelf, job));
};

const listFiles: Handler = (state, request, [id = '']) => {
  const shelf = shelves(state).get(request, id);
  return listPage(
    [...shelf.files.values()].map((job) => fileObject(shelf, job)),
    request.query,
  );
};

/** Vector stores, as far as the client's polling helpers need them. */
export const vectorStoreRoutes: Routes = {
  'POST /vector_stores': create,
  'GET /vector_stores': list,
  'GET /vector_stores/*': retrieve,
  'DELETE /vector_stores/*': remove,
  'POST /vector_stores/*/files': addFiles,
  'GET /vector_stores/*/files': listFiles,
  'GET /vector_stores/*/files/*': poll('files', fileObject),
  'POST /vector_stores/*/file_batches': addBatch,
  'GET /vector_stores/*/file_batches/*': poll('batches', batchObject),
  'POST /vector_stores/*/file_batches/*/cancel': cancelBatch,
};
