import type { Contestant } from '../contestant.ts';
import { aiFallback } from './ai-fallback.ts';
import { aiRetry } from './ai-retry.ts';
import { bare } from './bare.ts';
import { byHand } from './by-hand.ts';
import { ours } from './holdfast.ts';
import { langChain } from './lang-chain.ts';

/** Ours comes last; the others are compared with it. */
export const contestants: readonly Contestant[] = [bare, byHand, aiRetry, aiFallback, langChain, ours];
