import type { Blueprint } from '../../blueprint/types.ts';
import type { Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { ServiceSpec } from '../../providers/kong/specs/index.ts';
import { made } from '../objects.ts';

/** A server that Kong sends requests on to. */
export const kongService = (blueprint: Blueprint, path: string, name: string, upstream: string): Desired<ServiceSpec> => {
  const url = new URL(upstream);
  return made(blueprint, path, kong.service, [name], {
    name,
    protocol: url.protocol.slice(0, -1),
    host: url.hostname,
    port: portOf(url),
    path: url.pathname === '/' ? null : url.pathname,
    enabled: true,
  });
};

export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));
