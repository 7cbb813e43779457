import type { Body } from './body.ts';
import type { Call } from './call.ts';
import { findTopLevel } from './json-span.ts';

/** What a stream has shown of its end so far. */
export interface StreamSigns {
  /** Choices that finished. */
  readonly finishes: number;
  /** An event came that ends a response. */
  readonly terminal: boolean;
  /** It said `[DONE]`. */
  readonly done: boolean;
  /** Its first block of events, and its last ones. */
  readonly first: Uint8Array | undefined;
  readonly tail: readonly Uint8Array[];
}

/** Whether an answer is whole, wherever its stream goes from here. */
export function isWhole({ route, body }: Call, { finishes, terminal, done, first, tail }: StreamSigns): boolean {
  switch (route.operation) {
    case 'chat':
    case 'completions':
      // Not every upstream knows `n`; one that says [DONE] has said all it has.
      return finishes >= (done ? 1 : choicesWanted(body));
    case 'responses':
      return terminal;
    case 'images':
    case 'audio':
      return done || lastOfItsKind.test(tail.map(decoded).join(''));
    default:
      // A stored response that is streamed again.
      return terminal || first === undefined || !/"type": ?"response\./.test(decoded(first));
  }
}

/** Events that end a stream of images or audio, by name or type. */
const lastOfItsKind =
  /(?:^|[\r\n])event: ?[\w.]+\.(?:completed|done)[\r\n]|[{,]\s*"type"\s*:\s*"[\w.]+\.(?:completed|done)"/;

/** How many choices the request asked for. */
function choicesWanted({ raw }: Body): number {
  if (typeof raw !== 'string' || !raw.includes('"n"')) return 1;
  const span = findTopLevel(raw, ['n']).get('n');
  const wanted = span === undefined ? 1 : Number(raw.slice(span.start, span.end));
  return wanted > 1 ? wanted : 1;
}

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
