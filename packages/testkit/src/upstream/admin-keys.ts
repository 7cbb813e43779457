import { refuse, refuseMissing } from './errors.ts';
import { stringOf } from './json.ts';
import { createKey, secondsOf } from './key-creation.ts';
import type { KeyRecord } from './keys.ts';
import { jsonReply } from './reply.ts';
import type { Handler, Routes } from './router.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { StoredObject } from './store.ts';

const keyObject = (key: KeyRecord): StoredObject => ({
  id: key.id,
  object: 'organization.admin_api_key',
  name: key.name,
  redacted_value: key.redacted,
  created_at: secondsOf(key.createdAtMs),
  last_used_at: secondsOf(key.lastUsedAtMs),
  expires_at: secondsOf(key.expiresAtMs),
  owner: { type: 'user', object: 'organization.user', id: 'user_fake', name: 'Somebody', role: 'owner', created_at: 0 },
});

const adminKeys = (state: UpstreamState): KeyRecord[] => state.keys.records().filter((key) => key.admin);

const requireKey = (state: UpstreamState, id: string): KeyRecord =>
  adminKeys(state).find((key) => key.id === id) ??
  refuse(404, { message: `Admin API key ${id} not found.`, code: 'not_found' });

const list: Handler = (state, request) => listPage(adminKeys(state).map(keyObject), request.query, false);

const create: Handler = (state, request) => {
  const name = stringOf(request.json['name']) ?? refuseMissing('name');
  const { record, value } = createKey(state, request, { prefix: 'sk-admin-', name, admin: true });
  return jsonReply({ ...keyObject(record), value });
};

const retrieve: Handler = (state, _request, [id = '']) => jsonReply(keyObject(requireKey(state, id)));

const remove: Handler = (state, request, [id = '']) => {
  requireKey(state, id);
  state.keys.revokeById(id);
  state.admin.note('api_key.deleted', { id }, request.caller?.id);
  return jsonReply({ object: 'organization.admin_api_key.deleted', id, deleted: true });
};

/** Keys of the Admin API itself. */
export const adminKeyRoutes: Routes = {
  'GET /organization/admin_api_keys': list,
  'POST /organization/admin_api_keys': create,
  'GET /organization/admin_api_keys/*': retrieve,
  'DELETE /organization/admin_api_keys/*': remove,
};
