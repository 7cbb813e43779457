import { errorReply } from './errors.ts';
import type { FatalFault, InStreamErrorFault, StatusFault } from './fault.ts';
import type { Reply } from './reply.ts';
import type { UpstreamRequest } from './request.ts';
import { dataFrame, typedFrame } from './sse.ts';

const errorPage =
  '<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>\n';

function statusReply({ status, headers, error, body }: StatusFault): Reply {
  const reply = errorReply(status, error, { ...headers });
  if (body === undefined) return reply;
  return { ...reply, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** The reply that stands in for the real one, if the fault is of that kind: the operation is then not carried out. */
export function replacedReply(fault: FatalFault): Reply | undefined {
  switch (fault.kind) {
    case 'status':
      return statusReply(fault);
    case 'html200':
      return { status: 200, contentType: 'text/html; charset=utf-8', body: errorPage };
    case 'emptyBody':
      return { status: 200, body: '' };
    case 'notJson':
      return { status: 200, body: '{"id":"chatcmpl-' };
    case 'redirect':
      return { status: fault.status, headers: { location: fault.location }, body: '' };
    default:
      return undefined;
  }
}

/** An event whose data breaks off. */
export const malformedFrame = 'data: {"id":"chatcmpl-malformed","choices":[{"delta":{"conte\n\n';

/** The error event of a fault, written as the operation writes its errors. */
export function errorFrame(fault: InStreamErrorFault, request: UpstreamRequest, sequenceNumber: number): string {
  const { message, type = null, code = null, param = null } = fault.error;
  if (!request.path.startsWith('/responses')) return dataFrame({ error: { message, type, param, code } });
  if (fault.as === 'error')
    return typedFrame({ type: 'error', ...{ code, message, param, sequence_number: sequenceNumber } });
  const response = {
    id: 'resp_failed',
    object: 'response',
    status: 'failed',
    model: request.model ?? null,
    error: { code, message },
    incomplete_details: null,
    output: [],
    usage: null,
  };
  return typedFrame({ type: 'response.failed', ...{ response, sequence_number: sequenceNumber } });
}

/** The reply that states the error of a fault to a caller who asked for no stream. */
export const plainError = (fault: InStreamErrorFault): Reply => errorReply(500, fault.error);
