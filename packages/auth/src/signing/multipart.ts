import { randomBytes } from 'node:crypto';

/** A form as it goes over the wire. */
export interface WrittenForm {
  /** Made of the files themselves, so none of them is read into memory. */
  readonly blob: Blob;
  readonly type: string;
}

/**
 * Writes a form as `fetch` would write it, with a boundary that is known from then on.
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
 */
export function writeForm(form: FormData): WrittenForm {
  const boundary = `holdfast-${randomBytes(18).toString('hex')}`;
  const parts: (string | Blob)[] = [];
  for (const [name, value] of form.entries()) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(withLineBreaks(name))}"`;
    if (typeof value === 'string') parts.push(`${head}\r\n\r\n${withLineBreaks(value)}\r\n`);
    else {
      const type = value.type === '' ? 'application/octet-stream' : value.type;
      parts.push(`${head}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  const type = `multipart/form-data; boundary=${boundary}`;
  return { blob: new Blob(parts, { type }), type };
}

const withLineBreaks = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n');

const escaped = (text: string): string => text.replace(/[\r\n"]/g, (character) => escapes[character] as string);

const escapes: Readonly<Record<string, string>> = { '\r': '%0D', '\n': '%0A', '"': '%22' };
