import { isTellable, Names, other } from './names.ts';

/** Raw names remembered with what they are told as, so that most calls look once into a map. */
const maxRemembered = 256;

/** A model has no spaces. */
const modelLike = /^[\w.:/-]+$/;

/**
 * The models of metrics: the first 32 as they are, fine-tuned ones as `ft:` and their base, without organization and
 * suffix, and `_OTHER` for the rest.
 */
export class Models {
  readonly #names = new Names();
  readonly #remembered = new Map<string, string>();

  of(model: string): string {
    const remembered = this.#remembered.get(model);
    if (remembered !== undefined) return remembered;
    const told = modelLike.test(model) ? this.#told(model) : other;
    if (told === other) return other;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(model, told);
    return told;
  }

  #told(model: string): string {
    const base = baseOf(model);
    if (base === undefined) return this.#names.of(model);
    return isTellable(base) ? this.#names.of(`ft:${base}`) : other;
  }
}

/** `ft:gpt-4o-mini:acme::id`, `curie:ft-acme-2023` and `gpt-4o.ft-0a1b` name whom they were tuned for. */
function baseOf(model: string): string | undefined {
  return /^ft:([^:]*)/i.exec(model)?.[1] ?? /^([^:]+?)[:.]ft-/i.exec(model)?.[1];
}
