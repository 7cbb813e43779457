export { readAnswer, type Answer, type Usage } from './answer.ts';
export { AttemptTimeoutError, type AttemptTimeoutCode } from './attempt-timeout.ts';
export { attempt, conclude, recovering, type Attempt, type FailedAttempt } from './attempt.ts';
export { Body, type JsonObject, type RawBody } from './body.ts';
export { Call, type Binding, type CallChanges, type Context, type Fetch, type Target } from './call.ts';
export type { CallOrigin, CallRoot } from './call-root.ts';
export { classifyAnswer, classifyError, errorBodyOf, type ErrorBody } from './classify.ts';
export type { ClientLike } from './client.ts';
export {
  guardTimer,
  sleep,
  systemClock,
  systemRandom,
  type Clock,
  type Random,
  type Timer,
  type TimerOptions,
} from './clock.ts';
export type { Credential, CredentialKind } from './credential.ts';
export { askingFor, beyondHeaders } from './derived-call.ts';
export { discard } from './discard.ts';
export { endpoint, residencyOf, type Endpoint, type EndpointOptions } from './endpoint.ts';
export { errorText } from './error-text.ts';
export {
  faultOf,
  journeyOf,
  outcomeOf,
  onFirstContent,
  onSettled,
  refusalOf,
  type ContentListener,
  type OutcomeListener,
} from './exchange.ts';
export {
  fault,
  faultTable,
  type Fault,
  type FaultDetails,
  type FaultKind,
  type FaultScope,
  type FaultTraits,
} from './fault.ts';
export { checkHints, hints, type HintedFetchOptions, type Hints, type HintsProvider } from './hints.ts';
export type { HoldBack } from './hold-back.ts';
export {
  Journey,
  type AttemptEntry,
  type AttemptStart,
  type DecisionEntry,
  type JourneyEntry,
  type RefusalEntry,
  type WaitEntry,
} from './journey.ts';
export type { ByteSource } from './byte-source.ts';
export type { MemberEdit } from './json-edit.ts';
export { LightAbort, nativeSignal } from './light-abort.ts';
export { isDisturbed, lazyStream, takeSource, takeUntouched } from './lazy-stream.ts';
export { layers, type HeaderChanges, type Layer, type Middleware, type Next, type Transport } from './middleware.ts';
export { announce, type LayerEvent } from './layer-event.ts';
export { notify } from './notify.ts';
export { observe } from './observe.ts';
export { together, type AttemptObserver, type ObservedAttempt } from './observer.ts';
export type { Onion, Reading } from './reading.ts';
export { checkOptions, OptionError, rules, safeName, type Rule } from './option-error.ts';
export { Outcome, type Ending, type Residue } from './outcome.ts';
export type { Pace, PaceEvent } from './pace.ts';
export type {
  Asking,
  CircuitChange,
  CircuitEngine,
  CircuitKind,
  CircuitState,
  Permit,
  PermitTimings,
  Rejection,
  Verdict,
} from './permit.ts';
export {
  pipeline,
  type Pipeline,
  type PipelineBuilder,
  type PipelineOptions,
  type PlannedRequest,
} from './pipeline.ts';
export { boundToProject, keptInProject } from './project-state.ts';
export type { PlannedRung, PlanStep } from './plan.ts';
export {
  DeadlineExceededError,
  deadlineExceeded,
  refuse,
  type AnsweredCode,
  type Refusal,
  type RefusalCode,
} from './refusal.ts';
export { routeOf, type Operation, type Route } from './route.ts';
export { Secret } from './secret.ts';
export { errorOfEvent } from './sse-event.ts';
export { contentOf, eventBytes, eventData, type StreamContent } from './stream-content.ts';
export { textPrint } from './text-print.ts';
export { callOfTap, omitsUsage, outcomeOfTap, retakeBody, retap } from './tap.ts';
export { OpenToolCalls } from './tool-calls.ts';
export { faultOfThrown } from './fault-of-thrown.ts';
export { goDurationMs, serverWaitMs, type HeaderSource } from './server-wait.ts';
export { untilAborted } from './until-aborted.ts';
