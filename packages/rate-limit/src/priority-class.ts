import { Heap, type HeapEntry } from './heap.ts';
import { isEarlier, type Waiter } from './waiter.ts';

/** Tenants that are remembered for what they have had while nobody waits for them. */
const maxRemembered = 1000;

/** Those who wait on behalf of one tenant, and how much of its share it has had. */
interface Tenant<W extends Waiter> extends HeapEntry {
  readonly name: string;
  readonly waiting: Heap<W>;
  served: number;
}

/** Those of one priority. */
export class PriorityClass<W extends Waiter> {
  /** Grants since those below had their turn. */
  turns = 0;
  size = 0;
  readonly #byName = new Map<string, Tenant<W>>();
  readonly #tenants = new Heap<Tenant<W>>((one, other) =>
    one.served === other.served ? isEarlier(one.waiting.top as W, other.waiting.top as W) : one.served < other.served,
  );
  /** Tenants that nobody waits for and that have had more than their turn. Who had least is forgotten first. */
  readonly #absent = new Heap<Tenant<W>>((one, other) => one.served < other.served);
  /** What the tenant that was served last had had before; who comes later starts from there. */
  #served = 0;

  get next(): W | undefined {
    return this.#tenants.top?.waiting.top;
  }

  /** Of the tenant with the most waiting, the one that would be served last. */
  get last(): W | undefined {
    let longest: Tenant<W> | undefined;
    for (const tenant of this.#byName.values())
      if (longest === undefined || tenant.waiting.size > longest.waiting.size) longest = tenant;
    return longest?.waiting.bottom;
  }

  push(waiter: W): void {
    this.size++;
    const tenant = this.#byName.get(waiter.tenant) ?? this.#newcomer(waiter.tenant);
    tenant.waiting.push(waiter);
    if (tenant.waiting.size > 1) {
      this.#tenants.moved(tenant);
      return;
    }
    this.#absent.remove(tenant);
    this.#tenants.push(tenant);
  }

  shift(): W | undefined {
    const tenant = this.#tenants.top;
    const waiter = tenant?.waiting.top;
    if (tenant === undefined || waiter === undefined) return undefined;
    this.#served = tenant.served;
    tenant.served += waiter.weight;
    this.#leave(tenant, waiter);
    return waiter;
  }

  remove(waiter: W): void {
    const tenant = this.#byName.get(waiter.tenant);
    if (tenant !== undefined && waiter.place >= 0) this.#leave(tenant, waiter);
  }

  #newcomer(name: string): Tenant<W> {
    const tenant: Tenant<W> = { name, place: -1, served: this.#served, waiting: new Heap<W>(isEarlier) };
    this.#byName.set(name, tenant);
    return tenant;
  }

  #leave(tenant: Tenant<W>, waiter: W): void {
    this.size--;
    tenant.waiting.remove(waiter);
    if (tenant.waiting.size > 0) this.#tenants.moved(tenant);
    else {
      this.#tenants.remove(tenant);
      // One that came back as if it had had nothing would take every turn from those who wait all the time.
      this.#absent.push(tenant);
    }
    this.#forget();
  }

  /** Forgets tenants that would start from where everybody does, and those who are too many. */
  #forget(): void {
    for (let { top } = this.#absent; top !== undefined; { top } = this.#absent) {
      if (this.size > 0 && top.served > this.#served && this.#absent.size <= maxRemembered) return;
      this.#absent.remove(top);
      this.#byName.delete(top.name);
    }
  }
}
