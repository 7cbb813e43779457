import type { Random } from '@holdfast/core';
import type { Site } from './site.ts';

/** What the choice is made among. */
export interface Field {
  readonly sites: readonly Site[];
  readonly nowMs: number;
  readonly random: Random;
  /** Preferred while one of it can be had. */
  readonly region: string | undefined;
}

/**
 * The better of two that are drawn by weight: nearly as good as looking at all of them, and a herd does not run to the
 * one that looked best a moment ago.
 *
 * @see https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf
 */
export function chosen({ sites, nowMs, random, region }: Field): Site | undefined {
  const inRegion = region === undefined ? [] : sites.filter(({ candidate }) => candidate.endpoint?.region === region);
  for (const some of [inRegion, sites]) {
    const healthy = some.filter((site) => !site.isEjected(nowMs));
    const open = healthy.filter((site) => !site.isFull);
    if (open.length > 0) return betterOfTwo(open, random);
    if (healthy.length > 0 && some === sites) return betterOfTwo(healthy, random);
  }
  return undefined;
}

function betterOfTwo(sites: readonly Site[], random: Random): Site {
  const first = drawn(sites, random);
  if (sites.length === 1) return first;
  const second = drawn(
    sites.filter((site) => site !== first),
    random,
  );
  return second.cost() < first.cost() ? second : first;
}

function drawn(sites: readonly Site[], random: Random): Site {
  let left = random() * sites.reduce((sum, { candidate }) => sum + candidate.weight, 0);
  for (const site of sites) {
    left -= site.candidate.weight;
    if (left < 0) return site;
  }
  return sites.at(-1) as Site;
}
