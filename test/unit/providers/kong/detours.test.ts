import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../../src/core/resource.ts';
import { gatewayOf } from '../../../../src/providers/kong/reach/gateway.ts';
import { waysTo, waysWithRequests } from '../../../../src/providers/kong/reach/ways.ts';
import { desired, holdings, ours, owned, plugin, reach } from './holding.ts';
import type { Thing } from './holding.ts';

const theirs = (over: Spec = {}): Thing => ({ kind: 'kong.service', id: 'theirs', spec: { name: 'theirs', protocol: 'http', host: 'partner.example', port: 80, path: null, enabled: true, ...over } });
const side = (over: Spec = {}): Thing => ({ kind: 'kong.route', id: 'side', spec: { name: 'side', service: { name: 'theirs' }, protocols: ['http', 'https'], paths: ['/bd'], ...over } });
const on = { route: { name: 'side' } };
const world = {
  pools: [{ name: 'pool', targets: [{ target: 'orders:9101', weight: 100 }] }],
  controls: [{ url: 'http://admin.internal:8001', what: "Kong's Admin API" }],
};
const things = (...extra: readonly Thing[]): readonly Thing[] => [...owned(...ours), theirs(), side(), ...extra];
const told = async (...extra: readonly Thing[]): Promise<readonly string[]> =>
  (await reach(desired, things(...extra), world)).dangers.map(({ kind, id, effect, what }) => `${effect} ${kind}/${id}: ${what.replace(/^.* reaches /, '')}`);
const orders = 'the upstream of shop.orders, without a token';
const anywhere = (name: string): string => `opens kong.route/side: wherever its caller says, what the blueprint protects, too (${name}), without a token`;

describe('a plugin on a route of others that takes requests somewhere by itself', () => {
  it.each<readonly [what: string, name: string, scope: Spec, config: Spec, expected: readonly string[]]>([
    ['to an upstream of ours by a header', 'route-by-header', on, { rules: [{ upstream_name: 'pool', condition: { 'X-Beta': 'yes' } }] }, [`opens kong.route/side: pool:80 by route-by-header, ${orders}`]],
    ['on its service', 'route-by-header', { service: { name: 'theirs' } }, { rules: [{ upstream_name: 'other.example', condition: {} }, { upstream_name: 'pool', condition: {} }] }, [`opens kong.route/side: pool:80 by route-by-header, ${orders}`]],
    ['to somebody else', 'route-by-header', on, { rules: [{ upstream_name: 'other.example', condition: {} }] }, []],
    ['by rules that are none', 'route-by-header', on, { rules: null }, []],
    ['for some requests', 'canary', on, { upstream_host: 'orders', upstream_port: 9101, percentage: 1 }, [`opens kong.route/side: orders:9101 by canary, ${orders}`]],
    ['to an upstream of ours, for some requests', 'canary', on, { upstream_host: 'POOL' }, [`opens kong.route/side: POOL:80 by canary, ${orders}`]],
    ['to another path alone', 'canary', on, { upstream_uri: '/new' }, []],
    ['by a host that is ours', 'route-transformer-advanced', on, { host: 'orders', port: '9101' }, [`opens kong.route/side: orders:9101 by route-transformer-advanced, ${orders}`]],
    ['by a host that its caller names', 'route-transformer-advanced', on, { host: '$(headers["x-to"])' }, [anywhere('route-transformer-advanced')]],
    ['by a port that its caller names', 'route-transformer-advanced', on, { host: 'orders', port: '$(headers.port)' }, [anywhere('route-transformer-advanced')]],
    ['by a path that its caller names', 'route-transformer-advanced', on, { path: '/$(headers.x)' }, []],
    ["to Kong's Admin API", 'canary', on, { upstream_host: 'admin.internal', upstream_port: 8001 }, ["opens kong.route/side: Kong's Admin API at admin.internal:8001, without a token", expect.stringMatching(/^opens kong.plugin\/#1: canary/) as string]],
  ])('%s', async (_what, name, scope, config, expected) => expect(await told(plugin(name, '#1', scope, config))).toEqual(expect.arrayContaining([...expected])));

  it('is none that is off, of another route, or of ours', async () => {
    const config = { upstream_host: 'pool' };
    expect(await told(plugin('canary', '#1', on, config, { enabled: false }), plugin('canary', '#2', { route: { name: 'another' } }, config), plugin('canary', '#3', { service: { name: 'another' } }, config))).toEqual([]);
    expect(await told(plugin('route-by-header', '#1', on, { rules: [{ upstream_name: 'other.example' }] }))).toEqual([]);
  });

  it('does as its guards let it', async () => {
    const locked = [plugin('canary', '#1', on, { upstream_host: 'pool' }), plugin('request-termination', '#2', on, { status_code: 403 })];
    expect(await told(...locked)).toEqual(['differs kong.route/side: pool:80 by canary, the upstream of shop.orders, but for a plugin that answers in its place (#2)']);
  });

  it('is told again when its upstream has other targets', async () => {
    const seen = async (target: string) => (await reach(desired, things(plugin('canary', '#1', on, { upstream_host: 'pool' })), { ...world, pools: [{ name: 'pool', targets: [{ target: 'orders:9101', weight: 1 }, { target, weight: 1 }] }] })).dangers[0]?.seen;
    expect(await seen('a.example:80')).not.toBe(await seen('b.example:80'));
  });

  it('is tried by verify with the headers that it asks for', () => {
    const held = holdings(desired, things(plugin('route-by-header', '#1', on, { rules: [{ upstream_name: 'pool', condition: { 'X-Beta': 'yes' } }] })), world);
    expect(waysWithRequests(held).filter(({ address }) => address === 'kong.route/side')).toMatchObject([{ service: 'orders', stated: false, requests: [{ path: '/bd', headers: [['x-beta', 'yes']] }, { path: '/bd/x' }] }]);
    expect(waysTo(gatewayOf(held)!).map(({ place }) => place)).toContain('pool:80');
  });

  it.each(['http://$(headers.x-to)/v1', 'https://{{ headers.to }}:80', 'http://a.${x}.example'])('sends requests of its own wherever its caller says: %s', async (url) => {
    expect(await told(plugin('ai-proxy', '#1', on, { model: { options: { upstream_url: url } } }))).toEqual(['opens kong.plugin/#1: ai-proxy on side sends requests of its own to wherever its caller says, past every guard']);
  });
  it('sends them to one place, of which its caller names the path', async () => expect(await told(plugin('ai-proxy', '#1', on, { url: 'https://ai.example/$(headers.x)' }))).toEqual([]));
});
