import type { Traces } from '../../core/provider.ts';
import type { Address } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';
import type { Follower } from './client.ts';
import { opa as specs } from './specs/index.ts';

/**
 * When the bundle that is in force came into force: the last of the moments that the servers give in their status
 * (https://www.openpolicyagent.org/docs/latest/management-status/). Who published it no OPA knows, and of policies and data that were put by its API
 * not even when.
 */
export const tracesIn = async (servers: readonly Follower[], found: readonly Address[]): Promise<Traces> => {
  const ofTheBundle = found.filter((address) => OF_THE_BUNDLE.some((kind) => address.startsWith(`${kind}/`)));
  if (ofTheBundle.length === 0) return { changed: new Map() };
  const moments = (await Promise.all(servers.map(({ status }) => status()))).flatMap(({ activatedAt }) => Date.parse(activatedAt ?? '') || []);
  const at = momentOf(Math.max(...moments));
  return { changed: new Map(at === undefined ? [] : ofTheBundle.map((address) => [address, { at }] as const)) };
};

/** The bundle, and what a server decides by it. */
const OF_THE_BUNDLE = [specs.bundle.kind, 'opa.decision'];
