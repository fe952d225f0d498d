import { speaksGrpc } from '../../blueprint/grpc.ts';
import type { Blueprint, Service } from '../../blueprint/types.ts';
import type { Desired } from '../../core/resource.ts';
import type { PluginConfig } from '../../providers/kong/specs/plugin-config.ts';
import { demandsSignIn, statedOf } from '../../access/index.ts';
import { asksNonces } from '../proof-store.ts';
import { pluginMaker } from './plugin.ts';

type Methods = NonNullable<PluginConfig<'cors'>['methods']>;

/** Preflights answered at the gateway, for the pages of these origins alone. */
export const corsConfig = (origins: readonly string[], methods: Methods, credentials: boolean, { headers = [], exposed = [], maxAge = 600 }: Partial<NonNullable<Service['cors']>> = {}): PluginConfig<'cors'> => ({
  origins: [...origins],
  methods,
  headers: together(['Authorization', 'Content-Type', 'X-Requested-With'], headers),
  exposed_headers: exposed.length === 0 ? null : [...exposed],
  credentials,
  max_age: maxAge,
  preflight_continue: false,
});

/** Names of headers have no case. */
const together = (all: readonly string[], more: readonly string[]): string[] => [...all, ...more.filter((name) => !all.some((one) => one.toLowerCase() === name.toLowerCase()))];

/** Nothing where the pages have the gateway's own origin. */
export const corsPlugin = (blueprint: Blueprint, service: Service, name: string): readonly Desired[] => {
  const { origins, token, session } = service.authentication;
  // No page speaks gRPC.
  if (origins.length === 0 || speaksGrpc(service.upstream)) return [];
  const methods = [...new Set(service.routes.flatMap(statedOf))].toSorted();
  const { headers = [], exposed = [], ...others } = service.cors ?? {};
  // What a page must read to go on: a sign-in that is asked for (RFC 9470), and the nonce of the next proof (RFC 9449 section 8.2).
  const told = [...(asksNonces(token) ? ['DPoP-Nonce', 'WWW-Authenticate'] : []), ...(service.routes.some(demandsSignIn) ? ['WWW-Authenticate'] : [])];
  const config = corsConfig(origins, methods, token.cookie !== undefined || session !== undefined, {
    ...others,
    headers: token.bound === 'dpop' ? together(['DPoP'], headers) : headers,
    exposed: together([...new Set(told)], exposed),
  });
  return [pluginMaker(blueprint, `services.${service.id}`)('cors', `${name}.cors`, { service: name }, config)];
};
