import { Body } from '@holdfast/core';

/** A form that has been written: sent as its bytes, and asked about as the form that it was. */
export class FormBody extends Body {
  readonly #form: Body;

  constructor(blob: Blob, form: Body) {
    super(blob);
    this.#form = form;
  }

  override get model(): string | undefined {
    return this.#form.model;
  }

  override get stream(): boolean {
    return this.#form.stream;
  }
}
