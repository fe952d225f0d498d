import type { Entity, EntityStore } from '../contract.ts';
import { find, findAll } from './lookup.ts';
import { bytes } from './text.ts';

/** Where to connect, and the name to send as Host and as TLS server name. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly name: string;
}

/** Gives the peer for the next try, or undefined when the upstream has no target with any weight. */
export type Balancer = (host: string, port: number) => Peer | undefined;

const targetOf = (target: Entity): Omit<Peer, 'name'> => {
  const text = bytes(String(target['target']));
  const colon = text.lastIndexOf(':');
  if (colon === -1) return { host: text, port: 8000 };
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
};

/**
 * Resolves a service's host: an upstream of that name spreads over its targets, by weight (every algorithm is taken as round-robin, and
 * there are no health checks); anything else is a host name.
 */
export const weightedBalancer = (store: EntityStore): Balancer => {
  const turns = new Map<string, number>();
  return (host, port) => {
    const upstream = find(store, 'upstreams', 'name', host);
    if (upstream === undefined) return { host, port, name: host };
    const weighted = findAll(store, 'targets', 'upstream', upstream.id).map((target) =>
      ({ target, weight: Number(target['weight'] ?? 100) }));
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    const turn = turns.get(upstream.id) ?? 0;
    turns.set(upstream.id, turn + 1);
    // Golden-ratio steps visit the targets by weight without runs of one of them.
    let point = ((turn * 0.618_033_988_75) % 1) * total;
    const chosen = weighted.find(({ weight }) => { point -= weight; return point < 0; });
    if (chosen === undefined) return undefined;
    const target = targetOf(chosen.target);
    return { ...target, name: typeof upstream['host_header'] === 'string' ? bytes(upstream['host_header']) : target.host };
  };
};
