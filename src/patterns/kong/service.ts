import type { Blueprint, Service } from '../../blueprint/types.ts';
import type { Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import type { ServiceSpec } from '../../providers/kong/specs/index.ts';
import { made } from '../objects.ts';

/** A server that Kong sends requests on to. What is not stated stays as Kong has it. */
export const kongService = (blueprint: Blueprint, path: string, name: string, upstream: string, { timeouts = {}, retries }: Pick<Service, 'timeouts' | 'retries'> = {}): Desired<ServiceSpec> => {
  const url = new URL(upstream);
  return made(blueprint, path, kong.service, [name], {
    name,
    protocol: url.protocol.slice(0, -1),
    host: url.hostname,
    port: portOf(url),
    path: url.pathname === '/' || url.pathname === '' ? null : url.pathname,
    enabled: true,
    ...(retries !== undefined && { retries }),
    ...(timeouts.connect !== undefined && { connect_timeout: timeouts.connect * 1000 }),
    ...(timeouts.write !== undefined && { write_timeout: timeouts.write * 1000 }),
    ...(timeouts.read !== undefined && { read_timeout: timeouts.read * 1000 }),
  });
};

export const portOf = (url: URL): number => Number(url.port || (/^(https|grpcs):$/.test(url.protocol) ? 443 : 80));
