import { jsonReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** The members of an error as the API states it. */
export interface ErrorDetail {
  /** The sentence. */
  readonly message: string;
  /** `invalid_request_error` unless stated. */
  readonly type?: string | null;
  /** Which parameter is at fault. */
  readonly param?: string | null;
  /** The code that programs decide on. */
  readonly code?: string | null;
}

/** The body of an error, in the order in which the API writes its members. */
export const errorBody = (detail: ErrorDetail): { readonly error: Required<ErrorDetail> } => ({
  error: {
    message: detail.message,
    type: detail.type === undefined ? 'invalid_request_error' : detail.type,
    param: detail.param ?? null,
    code: detail.code ?? null,
  },
});

/** A reply that states an error. */
export const errorReply = (status: number, detail: ErrorDetail, headers?: Record<string, string>): Reply => ({
  ...jsonReply(errorBody(detail), status),
  ...(headers === undefined ? {} : { headers }),
});

/** Thrown by a handler that refuses a request; carries the reply that says so. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  /** What the caller is told. */
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with status ${reply.status}`);
    this.reply = reply;
  }
}

/** Ends the handling of a request with an error reply. */
export function refuse(status: number, detail: ErrorDetail, headers?: Record<string, string>): never {
  throw new RefusedRequest(errorReply(status, detail, headers));
}

/** 404 for a path that is no operation. */
export const invalidUrl = (method: string, path: string): Reply =>
  errorReply(404, { message: `Invalid URL (${method} ${path})` });

/** 400 for a body that is not JSON. */
export const unparsableBody = (): Reply =>
  errorReply(400, {
    message:
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
  });

/** 400 for a required parameter that is not there. */
export const refuseMissing = (param: string): never =>
  refuse(400, { message: `Missing required parameter: '${param}'.`, param, code: 'missing_required_parameter' });

/** 404 for an object that does not exist, or belongs to another project. */
export const refuseUnknown = (what: string, id: string): never =>
  refuse(404, { message: `No such ${what} object: ${id}`, param: 'id' });
