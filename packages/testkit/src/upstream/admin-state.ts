import type { Clock } from '@holdfast/core';
import { refuse } from './errors.ts';
import type { NextId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { StoredObject } from './store.ts';

/** An account that is nobody's: what automation works with. */
export interface ServiceAccount {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly createdAt: number;
}

/** How many events the audit log keeps. */
const auditLimit = 10_000;

/** What the organization consists of, beside its keys. */
export class AdminState {
  readonly #clock: Clock;
  readonly #nextId: NextId;
  readonly serviceAccounts: Map<string, ServiceAccount> = new Map();
  readonly projects: Map<string, StoredObject> = new Map();
  readonly audit: StoredObject[] = [];

  constructor(clock: Clock, nextId: NextId, projects: Iterable<string>) {
    this.#clock = clock;
    this.#nextId = nextId;
    for (const id of projects) this.addProject(id, id);
  }

  /** Adds a project. */
  addProject(id: string, name: string): StoredObject {
    const createdAt = Math.floor(this.#clock.now() / 1000);
    const project = {
      id,
      object: 'organization.project',
      name,
      created_at: createdAt,
      archived_at: null,
      status: 'active',
    };
    this.projects.set(id, project);
    return project;
  }

  /** The service account with this id; refuses the request with 404 if its project has none. */
  requireAccount(project: string, id: string): ServiceAccount {
    const account = this.serviceAccounts.get(id);
    if (account?.project === project) return account;
    return refuse(404, { message: `Service account ${id} not found in project ${project}.`, code: 'not_found' });
  }

  /** Notes in the audit log that something has happened. */
  note(type: string, details: JsonObject = {}, actorKeyId?: string): void {
    const actor = actorKeyId === undefined ? null : { type: 'api_key', api_key: { id: actorKeyId, type: 'user' } };
    if (this.audit.length >= auditLimit) this.audit.splice(0, auditLimit / 10);
    this.audit.push({
      id: this.#nextId('audit_log-'),
      type,
      effective_at: Math.floor(this.#clock.now() / 1000),
      actor,
      [type]: details,
    });
  }
}
