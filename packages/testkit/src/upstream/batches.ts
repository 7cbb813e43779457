import { runBatch } from './batch-run.ts';
import { refuse, refuseMissing } from './errors.ts';
import { addFile, filesOf } from './files.ts';
import { stringOf } from './json.ts';
import { jsonReply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { FindRoute, Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { Collection, StoredObject } from './store.ts';

interface Batch {
  readonly createdMs: number;
  readonly lines: readonly string[];
  object: StoredObject;
}

/** Statuses in which nothing happens any more. */
const ended = new Set<unknown>(['completed', 'cancelled', 'failed', 'expired']);

const batches = (state: UpstreamState): Collection<Batch> => state.objects.of('Batch');

const seconds = (state: UpstreamState): number => Math.floor(state.clock.now() / 1000);

const create: Handler = (state, request) => {
  const inputId = stringOf(request.json['input_file_id']) ?? refuseMissing('input_file_id');
  const endpoint = stringOf(request.json['endpoint']) ?? refuseMissing('endpoint');
  const input = filesOf(state).get(request, inputId);
  if (input.object['purpose'] !== 'batch')
    refuse(400, {
      message: 'The input file must have been uploaded with the purpose `batch`.',
      param: 'input_file_id',
    });
  const lines = input.content
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '');
  const object = {
    id: state.nextId('batch_'),
    object: 'batch',
    endpoint,
    errors: null,
    input_file_id: inputId,
    completion_window: request.json['completion_window'] ?? '24h',
    status: 'validating',
    output_file_id: null,
    error_file_id: null,
    created_at: seconds(state),
    in_progress_at: null,
    expires_at: seconds(state) + 86_400,
    completed_at: null,
    cancelled_at: null,
    request_counts: { total: lines.length, completed: 0, failed: 0 },
    metadata: request.json['metadata'] ?? null,
  };
  batches(state).put(request, object.id, { createdMs: state.clock.now(), lines, object });
  return jsonReply(object);
};

async function finish(state: UpstreamState, find: FindRoute, request: UpstreamRequest, batch: Batch): Promise<void> {
  // Claimed first, so that two callers who ask at the same time do not run it twice.
  batch.object = { ...batch.object, status: 'finalizing', in_progress_at: seconds(state) };
  const result = await runBatch(state, find, request, batch.lines);
  const keep = (name: string, text: string): string | null =>
    text === ''
      ? null
      : addFile(state, request, { filename: name, purpose: 'batch_output', content: Buffer.from(text) }).id;
  batch.object = {
    ...batch.object,
    status: 'completed',
    completed_at: seconds(state),
    output_file_id: keep(`${batch.object.id}_output.jsonl`, result.output),
    error_file_id: keep(`${batch.object.id}_error.jsonl`, result.errors),
    request_counts: { total: batch.lines.length, completed: result.completed, failed: result.failed },
  };
}

const retrieve =
  (find: FindRoute): Handler =>
  async (state, request, [id = '']) => {
    const batch = batches(state).get(request, id);
    const { status } = batch.object;
    if (!ended.has(status) && status !== 'finalizing') {
      if (state.clock.now() - batch.createdMs >= state.backgroundMs) await finish(state, find, request, batch);
      else batch.object = { ...batch.object, status: 'in_progress' };
    }
    return jsonReply(batch.object);
  };

const list: Handler = (state, request) =>
  listPage(
    batches(state)
      .list(request)
      .map((batch) => batch.object),
    request.query,
  );

const cancel: Handler = (state, request, [id = '']) => {
  const batch = batches(state).get(request, id);
  if (!ended.has(batch.object['status']))
    batch.object = { ...batch.object, status: 'cancelled', cancelled_at: seconds(state) };
  return jsonReply(batch.object);
};

/** Batches whose lines really are carried out, by the operations that `find` knows, when their result is first asked for. */
export const batchRoutes = (find: FindRoute): Routes => ({
  'POST /batches': create,
  'GET /batches': list,
  'GET /batches/*': retrieve(find),
  'POST /batches/*/cancel': cancel,
});
