import type { Reach } from '../../../../src/core/provider.ts';
import type { Desired, Live, Spec } from '../../../../src/core/resource.ts';
import { reachOf } from '../../../../src/providers/kong/reach/index.ts';
import type { Holdings } from '../../../../src/providers/kong/reach/gateway.ts';
import type { SchemaOf } from '../../../../src/providers/kong/reach/schema-defaults.ts';
import type { PluginConfig, PluginName } from '../../../../src/providers/kong/specs/plugin-config.ts';

export const origin = { file: 'shop.yaml', line: 7, column: 3 };
export interface Thing {
  readonly kind: string;
  readonly id: string;
  readonly spec: Spec;
  readonly owner?: string | undefined;
  readonly ref?: unknown;
}

/** What a gateway holds for the blueprint `shop`, with nothing in it but what is given. */
export const holdings = (desired: readonly Desired[], live: readonly Thing[], more: Partial<Holdings> = {}): Holdings => ({
  name: 'shop', desired, live: live.map((object): Live => ({ owner: undefined, ...object })), pools: [], addresses: new Map(), local: new Set(), hosts: ['kong.example'], controls: [], tls: false, filterChains: [], ...more,
});
export const reach = (desired: readonly Desired[], live: readonly Thing[], more: Partial<Holdings> = {}, schemaOf: SchemaOf = () => Promise.resolve(undefined)): Promise<Reach> =>
  reachOf(holdings(desired, live, more), schemaOf);

export const plugin = (name: string, id: string, scope: Spec, config: Spec = {}, more: Spec = {}): Thing => ({
  kind: 'kong.plugin',
  id,
  spec: { name, instance_name: id, enabled: true, service: null, route: null, consumer: null, ...scope, config: { anonymous: null, ...config }, ...more },
});
/** One of ours says nothing that its schema does not have. */
export const ourPlugin = <Name extends PluginName>(name: Name, id: string, scope: Spec, config: PluginConfig<Name>): Thing => plugin(name, id, scope, config);
export const wanted = (...things: readonly Thing[]): readonly Desired[] => things.map(({ kind, id, spec }) => ({ kind, id, spec, after: [], origin }));
export const owned = (...things: readonly Thing[]): readonly Thing[] => things.map((thing) => ({ ...thing, owner: 'shop' }));

/** One service of the blueprint with a route, guarded as the patterns do it. */
export const service: Thing = { kind: 'kong.service', id: 'shop.orders', spec: { name: 'shop.orders', protocol: 'http', host: 'orders', port: 9101, enabled: true } };
export const route: Thing = {
  kind: 'kong.route', id: 'shop.orders.list',
  spec: { name: 'shop.orders.list', service: { name: 'shop.orders' }, paths: ['~/orders$'], methods: ['GET'], protocols: ['http', 'https'] },
};
export const ofOrders = { service: { name: 'shop.orders' } };
export const guard = ourPlugin('authctl-token-guard', 'shop.orders.guard', ofOrders, { public: false, issuer: 'https://id.example', audience: 'orders', algorithms: ['RS256'] });
export const jwt = ourPlugin('jwt', 'shop.orders.jwt', ofOrders, {});
export const scope = ourPlugin('authctl-scope-guard', 'shop.orders.scope', ofOrders, {});
export const consumer: Thing = { kind: 'kong.consumer', id: 'shop.issuer', spec: { username: 'shop.issuer' } };
export const credential = (id: string, username: string, key: string, algorithm = 'RS256'): Thing => ({ kind: 'kong.jwt_secret', id, spec: { consumer: { username }, key, algorithm } });
export const key = credential('shop.issuer/kid-1', 'shop.issuer', 'kid-1');
export const ours = [service, route, guard, jwt, scope, consumer, key];
export const desired = wanted(...ours);
