import { textPrint, type Call } from '@holdfast/core';

/** Clients remembered; more than that start over. */
const capacity = 1000;

/** What cannot be told, as the client's calls went under several credentials in turn. */
const several = Symbol('several');

/**
 * Under whose quota a call is going to count. At this place the layer that chooses the credential has not spoken
 * yet, so this goes by the past: a client whose calls all went under one credential goes on so, and one whose
 * calls take turns among several is not held up for one of them. Nothing is kept before a quota was spent.
 */
export class CredentialDomains {
  /** By client and endpoint. */
  #known: Map<string, string | typeof several> | undefined;

  /** Key of the circuit that the call has to pass beside its others; `undefined` if none is known. */
  keyOf(call: Call): string | undefined {
    if (this.#known === undefined) return undefined;
    const { origin } = call.route;
    if (call.credential !== undefined) return keyFor(origin, call.credential.id);
    const id = this.#known.get(clientOf(call));
    return id === undefined || id === several ? undefined : keyFor(origin, id);
  }

  /** An attempt came to its end, under the credential that the journey tells. Key of its circuit, if it has one. */
  ended(call: Call, isQuotaSpent: boolean): string | undefined {
    if (this.#known === undefined) {
      if (!isQuotaSpent) return undefined;
      this.#known = new Map();
    }
    const id = credentialOf(call) ?? ownCredentialOf(call);
    if (id === undefined) return undefined;
    if (call.credential === undefined) this.#remember(clientOf(call), id);
    return keyFor(call.route.origin, id);
  }

  #remember(client: string, id: string): void {
    const known = this.#known as Map<string, string | typeof several>;
    const before = known.get(client);
    if (before === id) return;
    if (known.size >= capacity) known.clear();
    known.set(client, before === undefined ? id : several);
  }
}

/** Id of the credential of the last attempt; `undefined` for the client's own. */
export function credentialOf(call: Call): string | undefined {
  const last = call.journey.entries.findLast((entry) => entry.type === 'attempt');
  return call.credential?.id ?? last?.credential;
}

const keyFor = (origin: string, id: string): string => `${origin} credential:${id}`;

const clientOf = (call: Call): string => `${call.route.origin} ${ownCredentialOf(call) ?? ''}`;

/** Tells clients apart by what they sign with; a number of 32 bits, from which no secret can be told. */
function ownCredentialOf(call: Call): string | undefined {
  const print = textPrint(call.header('authorization') ?? call.header('api-key'));
  return print === undefined ? undefined : `client-${print.toString(36)}`;
}
