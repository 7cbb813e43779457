import type { Priority, Waiter } from '../src/waiter.ts';

const order = ['high', 'normal', 'low'] as const;

const earlier = (one: Waiter, other: Waiter): number =>
  one.deadline === other.deadline ? one.sequence - other.sequence : one.deadline - other.deadline;

/** What one priority has given out, by the words of the documentation. */
class ReferenceClass {
  waiting: Waiter[] = [];
  turns = 0;
  /** Start of the turn that was given last. */
  start = 0;
  readonly had = new Map<string, number>();

  tenants(): Map<string, Waiter[]> {
    const byTenant = new Map<string, Waiter[]>();
    for (const one of this.waiting) byTenant.set(one.tenant, [...(byTenant.get(one.tenant) ?? []), one]);
    for (const all of byTenant.values()) all.sort(earlier);
    return byTenant;
  }

  push(waiter: Waiter): void {
    const isNew = !this.waiting.some(({ tenant }) => tenant === waiter.tenant);
    if (isNew) this.had.set(waiter.tenant, Math.max(this.had.get(waiter.tenant) ?? 0, this.start));
    this.waiting.push(waiter);
  }

  next(): Waiter | undefined {
    const heads = [...this.tenants().values()].map(([first]) => first as Waiter);
    const had = ({ tenant }: Waiter): number => this.had.get(tenant) as number;
    return heads.toSorted((one, other) => had(one) - had(other) || earlier(one, other))[0];
  }

  grant(waiter: Waiter): void {
    this.start = this.had.get(waiter.tenant) as number;
    this.had.set(waiter.tenant, this.start + waiter.weight);
    this.remove(waiter);
  }

  remove(waiter: Waiter): void {
    this.waiting = this.waiting.filter((one) => one !== waiter);
    if (this.waiting.length === 0) this.had.clear();
  }
}

/** The order of the queue, written down again with arrays that are searched from the beginning. */
export class ReferenceQueue {
  readonly #classes = { high: new ReferenceClass(), normal: new ReferenceClass(), low: new ReferenceClass() };
  #sequence = 0;

  all(): Waiter[] {
    return order.flatMap((name) => this.#classes[name].waiting);
  }

  push(waiter: Waiter): void {
    waiter.sequence = this.#sequence++;
    this.#classes[waiter.priority].push(waiter);
  }

  next(): Waiter | undefined {
    return this.#chosen()?.next();
  }

  shift(): Waiter | undefined {
    const chosen = this.#chosen();
    const next = chosen?.next();
    if (chosen === undefined || next === undefined) return undefined;
    for (const name of order.slice(0, order.indexOf(next.priority)))
      if (this.#classes[name].waiting.length > 0) this.#classes[name].turns = 0;
    chosen.turns = chosen.waiting.length === this.all().length ? 0 : chosen.turns + 1;
    chosen.grant(next);
    return next;
  }

  remove(waiter: Waiter): void {
    this.#classes[waiter.priority].remove(waiter);
  }

  /** Those who may be given up for a newcomer: the last of one of the tenants with the most waiting. */
  leastBelow(priority: Priority): Waiter[] {
    const below = order.slice(order.indexOf(priority) + 1).toReversed();
    const name = below.find((one) => this.#classes[one].waiting.length > 0);
    if (name === undefined) return [];
    const tenants = [...this.#classes[name].tenants().values()];
    const most = Math.max(...tenants.map(({ length }) => length));
    return tenants.filter(({ length }) => length === most).map((all) => all.at(-1) as Waiter);
  }

  #chosen(): ReferenceClass | undefined {
    const waiting = order.map((name) => this.#classes[name]).filter((one) => one.waiting.length > 0);
    return waiting.find((one, index) => index === waiting.length - 1 || one.turns < 9);
  }
}
