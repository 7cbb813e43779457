import type { Call } from './call.ts';
import { classifyAnswer, errorBodyOf } from './classify.ts';
import type { Credential } from './credential.ts';
import { discard } from './discard.ts';
import { errorText } from './error-text.ts';
import { Exchange, track } from './exchange.ts';
import { faultOfThrown } from './fault-of-thrown.ts';
import { fault, type Fault } from './fault.ts';
import { heldBack, type HoldBack } from './hold-back.ts';
import { heldBody, type HeldBody } from './held-body.ts';
import { guard, refuseRedirect } from './guard.ts';
import type { AttemptEntry } from './journey.ts';
import { nativeSignal } from './light-abort.ts';
import type { HeaderChanges, Transport } from './middleware.ts';
import type { ObservedAttempt } from './observer.ts';
import { Outcome } from './outcome.ts';
import { isJson, type TappedAttempt } from './tap-state.ts';
import { tapBody } from './tap.ts';

/**
 * The innermost step: one request to the upstream. Checks the guard, sets the credential,
 * keeps the record, tells the fault and puts the tap on the body.
 */
export async function send(call: Call, transport: Transport | undefined): Promise<Response> {
  const refused = guard(call);
  if (refused !== undefined) return refused;
  const { pace } = call;
  const startedMs = call.clock.monotonic();
  const entry = begun(call, startedMs);
  const observed = call.observer?.attemptStarted(call, entry);
  let response: Response;
  let reason: Fault | undefined;
  let type: string;
  let held: HeldBody | undefined;
  pace?.sent();
  try {
    const changes = changesOf(call, observed?.headers);
    response = await (observed ? observed.run(() => carry(call, transport, changes)) : carry(call, transport, changes));
    type = noteHead(entry, response);
    pace?.headersCame(type.startsWith('text/event-stream'));
    reason = response.ok ? unfitAnswer(call, response, type) : await faultOfAnswer(call, response);
    if (pace?.wantsWhole === true && reason === undefined && isJson(type)) held = await heldBody(response, pace);
  } catch (error) {
    reason = faultOfThrown(call, error);
    note(entry, call, startedMs, reason);
    observed?.ended(entry);
    if (error instanceof Error) track(error, failed(call, entry, reason));
    observed?.settled?.(outcomeOf(call, entry, reason));
    throw error;
  }
  note(entry, call, startedMs, reason);
  observed?.ended(entry);
  if (reason?.kind === 'redirect_refused') {
    discard(response);
    return refuseRedirect(call, response);
  }
  if (reason !== undefined) {
    const exchange = failed(call, entry, reason);
    track(response, exchange);
    tell(observed, exchange);
    return response;
  }
  return tapped(call, response, { entry, observed, startedMs, type, held });
}

function begun(call: Call, startedMs: number): AttemptEntry {
  const { origin, model } = call.target;
  const { id, limitDomain } = call.credential ?? noCredential;
  return call.journey.attempt({ origin, model, credential: id, limitDomain, startedMs });
}

const noCredential = Object.freeze({ id: undefined, limitDomain: undefined });

/** A request on the record, and who watches it. */
interface Recorded {
  readonly entry: AttemptEntry;
  readonly observed: ObservedAttempt | undefined;
}

/** Tells who watches how the body ends. */
function tell(observed: ObservedAttempt | undefined, exchange: Exchange): void {
  if (observed?.settled !== undefined) exchange.onSettled((outcome) => observed.settled?.(outcome));
}

/** An answer with a tap on its body, once as much of it has come as is to be kept back. */
function tapped(
  call: Call,
  response: Response,
  { entry, observed, ...about }: Omit<TappedAttempt, 'call' | 'exchange'> & Recorded,
): Response | Promise<Response> {
  const exchange = new Exchange(call.context, call.journey);
  track(response, exchange);
  tell(observed, exchange);
  if (response.body === null) exchange.settle(outcomeOf(call, entry, undefined));
  else tapBody(response, { call, exchange, ...about });
  return call.holdBack === undefined || exchange.outcome !== undefined
    ? response
    : committed(call, response, { entry, hold: call.holdBack });
}

/** Keeps the beginning of a stream back; what fails in it is a failed attempt, whatever its status said. */
async function committed(
  call: Call,
  response: Response,
  { entry, hold }: { readonly entry: AttemptEntry; readonly hold: HoldBack },
): Promise<Response> {
  try {
    const reason = await heldBack(response, hold);
    if (reason === undefined) return response;
    entry.fault = reason;
    track(response, failed(call, entry, reason));
    return response;
  } catch (error) {
    // The caller gave up while the beginning was still on its way.
    const reason = faultOfThrown(call, error);
    entry.fault = reason;
    if (error instanceof Error) track(error, failed(call, entry, reason));
    throw error;
  }
}

/** Keeps what the headers tell of an answer, and returns its type. */
function noteHead(entry: AttemptEntry, { status, headers }: Response): string {
  entry.status = status;
  const requestId = headers.get('x-request-id');
  if (requestId !== null) entry.requestId = requestId;
  return headers.get('content-type') ?? '';
}

function note(entry: AttemptEntry, call: Call, startedMs: number, reason: Fault | undefined): void {
  entry.durationMs = call.clock.monotonic() - startedMs;
  if (reason !== undefined) entry.fault = reason;
}

function failed(call: Call, entry: AttemptEntry, reason: Fault): Exchange {
  const exchange = new Exchange(call.context, call.journey, reason);
  exchange.settle(outcomeOf(call, entry, reason));
  return exchange;
}

function outcomeOf(call: Call, entry: AttemptEntry, reason: Fault | undefined): Outcome {
  return new Outcome({
    ending: reason === undefined ? 'complete' : reason.kind === 'aborted' ? 'cancelled' : 'failed',
    fault: reason,
    status: entry.status,
    durationMs: entry.durationMs ?? call.journey.elapsedMs() - entry.atMs,
  });
}

/** Hands the request to what carries it: what came, with the changes that layers made. */
function carry(call: Call, transport: Transport | undefined, changes: HeaderChanges | undefined): Promise<Response> {
  const { root } = call;
  const init: RequestInit = { ...root.init, method: root.method, headers: root.headers, redirect: 'manual' };
  if (call.body.raw !== undefined) init.body = call.body.raw as NonNullable<RequestInit['body']>;
  if (call.signal !== undefined) init.signal = transport?.send === undefined ? nativeSignal(call.signal) : call.signal;
  if (changes !== undefined) {
    if (transport?.send !== undefined) return transport.send(call.url, init, changes);
    init.headers = changed(root.headers, changes);
  }
  return (transport?.fetch ?? root.binding.fetch)(call.url, init);
}

function changesOf(call: Call, traceHeaders: HeaderChanges | undefined): HeaderChanges | undefined {
  const { credential, headerChanges } = call;
  if (credential === undefined && headerChanges === undefined) return traceHeaders;
  return { ...headerChanges, ...traceHeaders, ...(credential && proofOf(credential)) };
}

/** Last of all, and the only place where a secret is revealed. */
function proofOf({ secret, header }: Credential): HeaderChanges {
  const value = secret.reveal();
  return header === 'api-key' ? { authorization: null, 'api-key': value } : { authorization: `Bearer ${value}` };
}

/** A copy, as those that came are not ours to change. */
function changed(headers: Headers, changes: HeaderChanges): Headers {
  const copy = new Headers(headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) copy.delete(name);
    else copy.set(name, value);
  }
  return copy;
}

/** A 2xx that cannot be the answer to what was asked. */
function unfitAnswer(call: Call, response: Response, type: string): Fault | undefined {
  if (call.route.operation === 'other' || call.route.operation === 'admin') return undefined;
  const isHtml = type.startsWith('text/html');
  const isEmpty = response.status === 200 && response.headers.get('content-length') === '0';
  return isHtml || isEmpty ? fault('malformed_response', { status: response.status }) : undefined;
}

async function faultOfAnswer(call: Call, response: Response): Promise<Fault> {
  const text = await errorText(call, response);
  const body = text === undefined ? undefined : errorBodyOf(text);
  return classifyAnswer(response.status, response.headers, body, call.clock.now());
}
