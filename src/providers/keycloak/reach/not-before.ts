import type { SpecValue } from '../../../core/resource.ts';

/** Clocks are not the same everywhere. */
const APART = 60_000;

/**
 * Whether "no token from before" lies in the past: it refuses tokens that were out then ("sign out all sessions"), and whoever signs in since has
 * good ones, so it keeps nobody out.
 */
export const isOver = (notBefore: SpecValue, now = Date.now()): boolean => typeof notBefore === 'number' && notBefore * 1000 <= now + APART;
