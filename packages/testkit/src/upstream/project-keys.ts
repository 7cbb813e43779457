import { refuse, refuseMissing } from './errors.ts';
import { stringOf } from './json.ts';
import type { JsonObject } from './json.ts';
import { createKey, secondsOf } from './key-creation.ts';
import type { KeyRecord } from './keys.ts';
import { jsonReply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import type { Handler, Routes } from './router.ts';
import type { ServiceAccount } from './admin-state.ts';
import type { UpstreamState } from './state.ts';
import { listPage } from './store.ts';
import type { StoredObject } from './store.ts';

const accountObject = (account: ServiceAccount): StoredObject => ({
  id: account.id,
  object: 'organization.project.service_account',
  name: account.name,
  role: 'member',
  created_at: account.createdAt,
});

function ownerOf(state: UpstreamState, key: KeyRecord): JsonObject {
  const account = state.admin.serviceAccounts.get(key.serviceAccountId ?? '');
  if (account !== undefined) {
    const { id, name, createdAt } = account;
    return { type: 'service_account', service_account: { id, name, role: 'member', created_at: createdAt } };
  }
  const createdAt = secondsOf(key.createdAtMs);
  return {
    type: 'user',
    user: { id: 'user_fake', name: 'Somebody', email: 'somebody@example.com', role: 'owner', created_at: createdAt },
  };
}

const keyObject = (state: UpstreamState, key: KeyRecord): StoredObject => ({
  id: key.id,
  object: 'organization.project.api_key',
  name: key.name,
  redacted_value: key.redacted,
  created_at: secondsOf(key.createdAtMs),
  last_used_at: secondsOf(key.lastUsedAtMs),
  expires_at: secondsOf(key.expiresAtMs),
  owner: ownerOf(state, key),
  owner_project_access: 'active',
});

const keysOf = (state: UpstreamState, project: string): KeyRecord[] =>
  state.keys.records().filter((key) => key.project === project && !key.admin);

function requireKey(state: UpstreamState, project: string, id: string): KeyRecord {
  const key = keysOf(state, project).find((candidate) => candidate.id === id);
  return key ?? refuse(404, { message: `API key ${id} not found in project ${project}.`, code: 'not_found' });
}

const requireProject = (state: UpstreamState, id: string): void => {
  if (!state.admin.projects.has(id)) refuse(404, { message: `Project ${id} not found.`, code: 'not_found' });
};

const listKeys: Handler = (state, request, [project = '']) =>
  listPage(
    keysOf(state, project).map((key) => keyObject(state, key)),
    request.query,
    false,
  );

const retrieveKey: Handler = (state, _request, [project = '', id = '']) =>
  jsonReply(keyObject(state, requireKey(state, project, id)));

const deleteKey: Handler = (state, request, [project = '', id = '']) => {
  requireKey(state, project, id);
  state.keys.revokeById(id);
  state.admin.note('api_key.deleted', { id }, request.caller?.id);
  return jsonReply({ object: 'organization.project.api_key.deleted', id, deleted: true });
};

function accountKey(state: UpstreamState, request: UpstreamRequest, account: ServiceAccount, name: string): JsonObject {
  const { project, id: serviceAccountId } = account;
  const { record, value } = createKey(state, request, { prefix: 'sk-svcacct-', name, project, serviceAccountId });
  return {
    id: record.id,
    object: 'organization.project.service_account.api_key',
    name,
    value,
    created_at: secondsOf(record.createdAtMs),
    expires_at: secondsOf(record.expiresAtMs),
  };
}

const createAccount: Handler = (state, request, [project = '']) => {
  requireProject(state, project);
  const name = stringOf(request.json['name']) ?? refuseMissing('name');
  const account = { id: state.nextId('svc_acct_'), project, name, createdAt: Math.floor(state.clock.now() / 1000) };
  state.admin.serviceAccounts.set(account.id, account);
  state.admin.note('service_account.created', { id: account.id, data: { role: 'member' } }, request.caller?.id);
  const only = request.json['create_service_account_only'] === true;
  return jsonReply({
    ...accountObject(account),
    api_key: only ? null : accountKey(state, request, account, 'Secret Key'),
  });
};

const listAccounts: Handler = (state, request, [project = '']) => {
  const accounts = [...state.admin.serviceAccounts.values()].filter((account) => account.project === project);
  return listPage(accounts.map(accountObject), request.query, false);
};

const retrieveAccount: Handler = (state, _request, [project = '', id = '']) =>
  jsonReply(accountObject(state.admin.requireAccount(project, id)));

const deleteAccount: Handler = (state, request, [project = '', id = '']) => {
  state.admin.requireAccount(project, id);
  for (const key of keysOf(state, project)) if (key.serviceAccountId === id) state.keys.revokeById(key.id);
  state.admin.serviceAccounts.delete(id);
  state.admin.note('service_account.deleted', { id }, request.caller?.id);
  return jsonReply({ object: 'organization.project.service_account.deleted', id, deleted: true });
};

const addAccountKey: Handler = (state, request, [project = '', id = '']) => {
  const account = state.admin.requireAccount(project, id);
  return jsonReply(accountKey(state, request, account, stringOf(request.json['name']) ?? 'Secret Key'));
};

/** Keys and service accounts of projects. */
export const projectKeyRoutes: Routes = {
  'GET /organization/projects/*/api_keys': listKeys,
  'GET /organization/projects/*/api_keys/*': retrieveKey,
  'DELETE /organization/projects/*/api_keys/*': deleteKey,
  'GET /organization/projects/*/service_accounts': listAccounts,
  'POST /organization/projects/*/service_accounts': createAccount,
  'GET /organization/projects/*/service_accounts/*': retrieveAccount,
  'DELETE /organization/projects/*/service_accounts/*': deleteAccount,
  'POST /organization/projects/*/service_accounts/*/api_keys': addAccountKey,
};
