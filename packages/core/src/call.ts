import type { Body } from './body.ts';
import type { CallRoot } from './call-root.ts';
import type { Clock, Random } from './clock.ts';
import type { Credential } from './credential.ts';
import type { HoldBack } from './hold-back.ts';
import type { Hints } from './hints.ts';
import type { Journey } from './journey.ts';
import type { LayerEvent } from './layer-event.ts';
import type { Middleware } from './middleware.ts';
import type { AttemptObserver } from './observer.ts';
import type { Pace } from './pace.ts';
import type { Route } from './route.ts';

/** A `fetch`, as the client and every transport understand it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What all calls of one pipeline share. */
export interface Context {
  readonly service: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Where trouble goes that must not break a call, such as a callback that throws. */
  readonly warn: (message: string, cause?: unknown) => void;
  /** Hears what layers tell; `announce` calls it. Never throws. */
  readonly onEvent?: (event: LayerEvent) => void;
}

/** The client that a call came through; `wrap` binds it. */
export interface Binding {
  readonly fetch: Fetch;
  /** Origins that credentials given by the client itself may go to. Empty: no client is known. */
  readonly origins: readonly string[];
  /** The client's own key or key function, to be asked again when its token is rejected. */
  readonly apiKey: string | (() => string | Promise<string>) | undefined;
  /** The client fetches and injects its own tokens, so no other credential takes their place. */
  readonly ownsCredentials: boolean;
}

/** What layers may change for everything further in. */
export interface CallChanges {
  readonly url: string;
  readonly route: Route;
  readonly body: Body;
  /**
   * The body as it was before a layer asked for usage in it. Set, what that adds to an event stream is taken out
   * before the caller reads it; `Outcome.usage` knows it all the same.
   */
  readonly plainBody: Body | undefined;
  readonly signal: AbortSignal | undefined;
  /** 1-based; a retry counts up. */
  readonly attempt: number;
  readonly credential: Credential | undefined;
  /** Header values to set (`null` removes) when the request leaves. */
  readonly headerChanges: Readonly<Record<string, string | null>> | undefined;
  readonly observer: AttemptObserver | undefined;
  /**
   * Handles each request of the call in front of `sign`, when it is known where it goes and with which body: the last
   * place where it can be changed, or sent once more.
   */
  readonly beforeSending: Middleware['handle'] | undefined;
  /** How much of a stream is kept back so that a failure of its beginning is a failed attempt. */
  readonly holdBack: HoldBack | undefined;
  /** Everything else is worse: an open circuit lets this one through, as its next probe. */
  readonly forced: boolean;
  /** Longest wait that a server may ask for here, in milliseconds, where there is somewhere else to go. */
  readonly patienceMs: number | undefined;
  /**
   * When whoever is further in has to give up, on the monotonic clock, where that is earlier than the deadline: time is
   * kept for another attempt or another rung. `timeout` ends attempts by it.
   */
  readonly until: number | undefined;
  /**
   * A second request beside one that is under way. It goes only where there is room for it at once: it waits in no
   * queue, takes no probe and is not retried.
   */
  readonly isHedge: boolean;
  /** Watches how the answer comes, for whoever bounds its time; `timeout` sets it. */
  readonly pace: Pace | undefined;
  /** How much of a stream its outcome is to keep, in bytes, for whoever tells what was said; 0 is its ends alone. */
  readonly keptBytes: number;
}

/** Where an attempt is aimed. Circuits and limits are kept by it. */
export interface Target {
  readonly origin: string;
  readonly model: string | undefined;
}

/**
 * One call to the API on its way inward. Read-only: a layer that wants it otherwise
 * passes `call.with({ … })` on.
 */
export class Call implements CallChanges {
  readonly root: CallRoot;
  readonly url: string;
  readonly route: Route;
  readonly body: Body;
  readonly plainBody: Body | undefined;
  readonly signal: AbortSignal | undefined;
  readonly attempt: number;
  readonly credential: Credential | undefined;
  readonly headerChanges: Readonly<Record<string, string | null>> | undefined;
  readonly observer: AttemptObserver | undefined;
  readonly beforeSending: Middleware['handle'] | undefined;
  readonly holdBack: HoldBack | undefined;
  readonly forced: boolean;
  readonly patienceMs: number | undefined;
  readonly until: number | undefined;
  readonly isHedge: boolean;
  readonly pace: Pace | undefined;
  readonly keptBytes: number;

  constructor(root: CallRoot, state: CallChanges) {
    this.root = root;
    this.url = state.url;
    this.route = state.route;
    this.body = state.body;
    this.plainBody = state.plainBody;
    this.signal = state.signal;
    this.attempt = state.attempt;
    this.credential = state.credential;
    this.headerChanges = state.headerChanges;
    this.observer = state.observer;
    this.beforeSending = state.beforeSending;
    this.holdBack = state.holdBack;
    this.forced = state.forced;
    this.patienceMs = state.patienceMs;
    this.until = state.until;
    this.isHedge = state.isHedge;
    this.pace = state.pace;
    this.keptBytes = state.keptBytes;
  }

  get id(): string {
    return this.root.journey.callId;
  }

  /**
   * When an answer is of no more use here, on the monotonic clock: that of the caller, or earlier where time is kept
   * for others; `undefined` if never said.
   */
  get deadline(): number | undefined {
    return this.until ?? this.root.deadline;
  }

  get service(): string {
    return this.root.context.service;
  }

  get context(): Context {
    return this.root.context;
  }

  get clock(): Clock {
    return this.root.context.clock;
  }

  get method(): string {
    return this.root.method;
  }

  get hints(): Hints {
    return this.root.hints;
  }

  get journey(): Journey {
    return this.root.journey;
  }

  get target(): Target {
    return { origin: this.route.origin, model: this.body.model };
  }

  /** The value that header `name` has when the request leaves. */
  header(name: string): string | null {
    const changed = this.headerChanges?.[name];
    return changed === undefined ? this.root.headers.get(name) : changed;
  }

  /** Milliseconds until the deadline; infinite if there is none. */
  remainingMs(): number {
    const { deadline } = this;
    return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - this.clock.monotonic();
  }

  /** The same call with changes for everything further in. */
  with(changes: Partial<CallChanges>): Call {
    return new Call(this.root, { ...this.#state(), ...changes });
  }

  #state(): CallChanges {
    return {
      url: this.url,
      route: this.route,
      body: this.body,
      plainBody: this.plainBody,
      signal: this.signal,
      attempt: this.attempt,
      credential: this.credential,
      headerChanges: this.headerChanges,
      observer: this.observer,
      beforeSending: this.beforeSending,
      holdBack: this.holdBack,
      forced: this.forced,
      patienceMs: this.patienceMs,
      until: this.until,
      isHedge: this.isHedge,
      pace: this.pace,
      keptBytes: this.keptBytes,
    };
  }
}
