import { objectsOf } from './json.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { Collection, StoredObject } from './store.ts';

interface Conversation {
  readonly object: StoredObject;
  readonly items: StoredObject[];
}

const conversations = (state: UpstreamState): Collection<Conversation> => state.objects.of('Conversation');

const withIds = (state: UpstreamState, items: unknown): StoredObject[] =>
  objectsOf(items).map((item) => ({ type: 'message', status: 'completed', ...item, id: state.nextId('msg_') }));

const create: Handler = (state, request) => {
  const { items, metadata } = request.json;
  const object = {
    id: state.nextId('conv_'),
    object: 'conversation',
    created_at: Math.floor(state.clock.now() / 1000),
    metadata: metadata ?? {},
  };
  conversations(state).put(request, object.id, { object, items: withIds(state, items) });
  return jsonReply(object);
};

const retrieve: Handler = (state, request, [id = '']) => jsonReply(conversations(state).get(request, id).object);

const remove: Handler = (state, request, [id = '']) => {
  conversations(state).delete(request, id);
  return jsonReply({ id, object: 'conversation.deleted', deleted: true });
};

const addItems: Handler = (state, request, [id = '']) => {
  const { items } = conversations(state).get(request, id);
  const added = withIds(state, request.json['items']);
  items.push(...added);
  return listPage(added, new URLSearchParams({ limit: '100' }), false);
};

const listItems: Handler = (state, request, [id = '']) =>
  listPage(conversations(state).get(request, id).items, request.query);

/** Conversations. */
export const conversationRoutes: Routes = {
  'POST /conversations': create,
  'GET /conversations/*': retrieve,
  'DELETE /conversations/*': remove,
  'POST /conversations/*/items': addItems,
  'GET /conversations/*/items': listItems,
};
