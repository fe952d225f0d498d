import { describe, expect, it } from 'vitest';
import type { Live } from '../../../../src/core/resource.ts';
import { withAuditLog } from '../../../../src/providers/kong/audit-log.ts';
import { createAdmin } from '../../../../src/providers/kong/client.ts';
import type { Http } from '../../../../src/providers/http.ts';

const SERVICE = '5e1ce000-0000-4000-8000-000000000001';
const CHANGED = 1_795_953_603;
const AT = '2026-11-29T12:00:03.000Z';
const live: readonly Live[] = [{ kind: 'kong.service', id: 'shop.orders', spec: {}, owner: 'shop', ref: { id: SERVICE, tags: [], updatedAt: CHANGED } }];
const found = ['kong.service/shop.orders', 'kong.route/shop.orders.list'];

/** The fields and forms of Kong's documentation of the Admin API (audit logs), 3.4 and later. */
const request = (id: string, more: object = {}) => ({
  client_ip: '10.1.2.3', method: 'PATCH', path: '/services/shop.orders', payload: null, rbac_user_id: 'd4f1', rbac_user_name: 'mallory', removed_from_payload: null,
  request_id: id, request_source: null, request_timestamp: CHANGED, signature: null, status: 200, ttl: 2_591_997, workspace: '1065b6d6-219f-4002-b3e9-334fc3eff46c', ...more,
});
const written = (requestId: string, row: object, more: object = {}) => ({
  dao_name: 'services', entity: JSON.stringify({ id: SERVICE, name: 'shop.orders', updated_at: CHANGED, ...row }), entity_key: SERVICE, expire: 1_797_953_603_000, id: `log-${requestId}`,
  operation: 'update', request_id: requestId, ...more,
});

const asked = async (objects: readonly object[] | number, requests: readonly object[] | number) => {
  const paths: string[] = [];
  const http: Http = {
    send: (method, path) => {
      paths.push(`${method} ${path}`);
      const given = path.includes('/audit/objects') ? objects : requests;
      return Promise.resolve(typeof given === 'number' ? { status: given, body: { message: 'no' } } : { status: 200, body: { data: given, total: given.length } });
    },
    requests: () => ({ reads: 0, writes: 0 }),
    close: () => undefined,
  };
  const { changed, untold } = await withAuditLog(createAdmin(http, { url: 'http://kong:8001', workspace: 'team-a', mask: String }), found, live);
  return { changed: Object.fromEntries(changed), untold, paths };
};

describe('who changed a row, by the audit log of Kong Enterprise', () => {
  it('is whoever sent the request that wrote what is there', async () => {
    const { changed, untold, paths } = await asked(
      [written('later', { updated_at: CHANGED - 900 }, { id: 'before' }), written('last', { host: 'elsewhere' })],
      [request('later', { rbac_user_name: 'alice', request_timestamp: CHANGED - 900 }), request('last')],
    );
    expect(changed).toEqual({ 'kong.service/shop.orders': { at: AT, by: 'user mallory from 10.1.2.3' } });
    expect([untold, paths]).toEqual([undefined, ['GET /team-a/audit/objects?size=1000', 'GET /team-a/audit/requests?size=1000']]);
  });

  it.each<readonly [what: string, objects: readonly object[], requests: readonly object[]]>([
    ['the log has only what was written before', [written('a', { updated_at: CHANGED - 1 })], [request('a')]],
    ['two have written it within the second', [written('a', {}), written('b', {})], [request('a'), request('b', { rbac_user_name: 'alice' })]],
    ['the request is not among those that were read', [written('a', {})], [request('b')]],
    ['nobody has a name, and no address', [written('a', {})], [request('a', { rbac_user_id: null, rbac_user_name: null, client_ip: null })]],
    ['what was written is not shown', [written('a', {}, { entity: null })], [request('a')]],
    ['what was written is no JSON', [written('a', {}, { entity: '{"id"' })], [request('a')]],
    ['another row was written', [written('a', {}, { entity_key: 'another' })], [request('a')]],
  ])('is not told where %s; when it was is', async (_what, objects, requests) => {
    expect((await asked(objects, requests)).changed).toEqual({ 'kong.service/shop.orders': { at: AT } });
  });

  it('is the id and the address where the name is not in the log, and the address without RBAC', async () => {
    const by = async (more: object) => (await asked([written('a', {})], [request('a', more)])).changed['kong.service/shop.orders']?.by;
    expect([await by({ rbac_user_name: undefined }), await by({ rbac_user_id: null, rbac_user_name: null })]).toEqual(['user d4f1 from 10.1.2.3', 'from 10.1.2.3']);
  });

  it('is told of what is gone by its name, the last time that it was deleted', async () => {
    const gone = (id: string, row: object, more: object = {}) => written(id, { name: 'shop.orders.list', ...row }, { dao_name: 'routes', entity_key: 'gone', operation: 'delete', ...more });
    const { changed } = await asked(
      [gone('a', {}), gone('b', {}), gone('c', { name: 'another' }), gone('d', {}, { operation: 'update' }), gone('e', {}, { dao_name: 'services' })],
      ['a', 'b', 'c', 'd', 'e'].map((id, index) => request(id, { rbac_user_name: id, request_timestamp: CHANGED + (id === 'b' ? 0 : id === 'a' || id === 'd' ? -60 : index) })),
    );
    expect(changed['kong.route/shop.orders.list']).toEqual({ at: AT, by: 'user b from 10.1.2.3' });
    expect((await asked([gone('a', {})], [])).changed['kong.route/shop.orders.list']).toBeUndefined();
  });

  it('is not told of what was made again after it had been deleted: who renamed it then is not in the log by its name', async () => {
    const ofName = (id: string, operation: string) => written(id, { name: 'shop.orders.list' }, { dao_name: 'routes', entity_key: id, operation });
    const told = async (...moments: readonly (readonly [id: string, operation: string, at: number])[]) =>
      (await asked(moments.map(([id, operation]) => ofName(id, operation)), moments.map(([id, , at]) => request(id, { request_timestamp: CHANGED + at })))).changed['kong.route/shop.orders.list'];
    expect(await told(['b', 'create', -5], ['a', 'delete', -10])).toBeUndefined();
    // Within one second nobody can tell which was first.
    expect(await told(['b', 'create', -10], ['a', 'delete', -10])).toBeUndefined();
    expect(await told(['c', 'delete', 0], ['b', 'create', -5], ['a', 'delete', -10])).toEqual({ at: AT, by: 'user mallory from 10.1.2.3' });
  });

  it.each<readonly [objects: number, requests: number, why: RegExp]>([
    [404, 404, /is not recorded: the audit log of Kong is off/],
    [403, 200, /is not known: this login may not read the audit log of Kong/],
    [200, 401, /is not known: this login may not read/],
  ])('is said not to be known where the log answers %i and %i, and when it was is told', async (objects, requests, why) => {
    const { changed, untold } = await asked(objects === 200 ? [] : objects, requests === 200 ? [] : requests);
    expect(untold).toMatch(why);
    expect(changed).toEqual({ 'kong.service/shop.orders': { at: AT } });
  });

  it('takes no page of something in between for a log without entries', async () => {
    await expect(asked(500, [])).rejects.toMatchObject({ code: 'KONG_REFUSED' });
  });
});
