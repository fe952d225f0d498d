import { kong } from '../specs/index.ts';
import type { Finding, Gateway } from './gateway.ts';
import { defaultPort } from '../../address.ts';

/** Upstreams of others that have the name of a host of ours, which Kong prefers to every resolver, and targets of others in ours. */
export function* foreignPools(gateway: Gateway): Generator<Finding> {
  const { wanted, live, ours, pools } = gateway;
  const services = [...wanted.values()].filter(kong.service.is);
  for (const upstream of live.filter(kong.upstream.is)) {
    if (ours(upstream)) continue;
    const service = services.find(({ spec }) => String(spec.host).toLowerCase() === upstream.id.toLowerCase());
    if (service === undefined) continue;
    const weighted = (pools.find(({ name }) => name === upstream.id)?.targets ?? []).filter(({ weight }) => weight > 0);
    const targets = weighted.map(({ target }) => target);
    yield {
      kind: upstream.kind,
      id: upstream.id,
      effect: targets.length === 0 ? 'breaks' : 'exposes',
      what:
        targets.length === 0
          ? `takes the place of the host ${upstream.id} of ${service.id} and has no target: every request there fails`
          : `takes the place of the host ${upstream.id} of ${service.id}: requests with their tokens go to ${targets.join(', ')} and not to ${upstream.id}:${service.spec.port ?? defaultPort(service.spec.protocol)}`,
      origin: service.origin,
      hint: 'delete the upstream, or rename it',
      seen: [upstream.spec, weighted.map(({ target, weight }) => `${target} ${weight}`).toSorted()],
    };
  }
  for (const target of live.filter(kong.target.is)) {
    if (ours(target)) continue;
    const upstream = wanted.get(kong.upstream.address(String(target.spec.upstream.name)));
    if (upstream === undefined) continue;
    yield {
      kind: target.kind,
      id: target.id,
      effect: 'exposes',
      what: `gets a share of the requests to our upstream ${upstream.id}, with their tokens`,
      origin: upstream.origin,
      hint: 'find out who made it, then delete it, or take it into the blueprint',
      seen: [target.spec],
    };
  }
}
