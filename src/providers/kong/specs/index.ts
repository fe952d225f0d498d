import type { Fields } from '../../../core/spec.ts';
import { caCertificate, certificate, sni } from './certificates.ts';
import { acl, basicAuth, consumer, hmacAuth, jwtSecret, keyAuth } from './consumers.ts';
import { key, keySet, vault } from './keys.ts';
import { plugin } from './plugin.ts';
import { route } from './route.ts';
import { service } from './service.ts';
import { target, upstream } from './upstreams.ts';

export type { ConsumerSpec, JwtSecretSpec } from './consumers.ts';
export type { PluginSpec } from './plugin.ts';
export type { RouteSpec } from './route.ts';
export type { ServiceSpec } from './service.ts';

/** The specs of Kong's kinds by name: `kong.route.address(name)`, `kong.route.is(object)`. */
export const kong = {
  service,
  route,
  consumer,
  plugin,
  jwtSecret,
  upstream,
  target,
  certificate,
  caCertificate,
  sni,
  keySet,
  key,
  vault,
  acl,
  keyAuth,
  basicAuth,
  hmacAuth,
} as const;

const byKind: ReadonlyMap<string, Fields> = new Map(Object.values(kong).map(({ kind, fields }) => [kind, fields]));
/** The fields of a kind by its name; none of a kind that is not Kong's. */
export const fieldsOf = (kind: string): Fields => byKind.get(kind) ?? {};
