import fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { aClient, messageOf } from './admin-client.ts';
import { draws } from '../../../properties.ts';

const SHOP = {
  _format_version: '3.0',
  services: [
    {
      name: 'orders',
      url: 'http://orders:9101',
      routes: [{ name: 'list', paths: ['/orders'], plugins: [{ name: 'jwt', config: { claims_to_verify: ['exp'] } }] }],
    },
  ],
  consumers: [{ username: 'idp', jwt_secrets: [{ key: 'k', secret: 's' }], acls: [{ group: 'g' }] }],
};

const loaded = () => {
  const client = aClient({ dbless: true });
  expect(client.send('POST /config', SHOP).status).toBe(201);
  return client;
};

describe('the DB-less mode', () => {
  it('flattens what is nested and points it at its parent', () => {
    const { store } = loaded().control;
    const [service] = store.all('services');
    const [route] = store.all('routes');
    const [consumer] = store.all('consumers');
    expect(route).toMatchObject({ name: 'list', service: { id: service?.id }, strip_path: true });
    expect(store.all('plugins')).toMatchObject([{ name: 'jwt', route: { id: route?.id }, service: null, consumer: null }]);
    expect(store.all('jwt_secrets')).toMatchObject([{ key: 'k', consumer: { id: consumer?.id } }]);
    expect(store.all('acls')).toMatchObject([{ group: 'g', consumer: { id: consumer?.id } }]);
  });

  it('gives what has a name the same id at every load', () => {
    const ids = () => loaded().control.store.all('routes').map(({ id }) => id);
    expect(ids()).toEqual(ids());
  });

  it.each([
    ['POST /services', { host: 'h' }, "cannot create 'services' entities when not using a database"],
    ['PUT /services/orders', { host: 'h' }, "cannot create or update 'services' entities by 'name' when not using a database"],
    ['PATCH /services/orders', { retries: 1 }, "cannot update 'services' entities by 'name' when not using a database"],
    ['DELETE /services/orders', undefined, "cannot remove 'services' entities by 'name' when not using a database"],
    ['POST /services', {}, 'schema violation (host: required field missing)'],
  ])('refuses %s %j', (what, body, message) => {
    const client = loaded();
    expect(messageOf(client.send(what, body))).toBe(message);
    expect(client.control.store.all('services')).toHaveLength(1);
  });

  it('keeps the configuration in force when a new one is refused', () => {
    const client = loaded();
    const version = client.control.store.version();
    const { status } = client.send('POST /config', { _format_version: '3.0', services: [{ name: 'x', host: 'h' }, { name: 'bad' }] });
    expect(status).toBe(400);
    expect(client.control.store.version()).toBe(version);
    expect(client.control.store.all('services').map(({ name }) => name)).toEqual(['orders']);
  });

  it('replaces everything there was', () => {
    const client = loaded();
    client.send('POST /config', { _format_version: '3.0', upstreams: [{ name: 'u', targets: [{ target: 'a:1' }] }] });
    expect(client.control.store.all('services')).toEqual([]);
    expect(client.send('GET /upstreams/u/targets').body['data']).toMatchObject([{ target: 'a:1' }]);
  });

  it('exports what can be loaded again', () => {
    const client = loaded();
    const { config } = client.send('GET /config').body;
    expect(parse(String(config))).toMatchObject({ _format_version: '3.0', services: [{ name: 'orders' }], acls: [{ group: 'g' }] });
    const before = client.send('GET /routes').body;
    expect(client.send('POST /config', { config }).status).toBe(201);
    expect(client.send('GET /routes').body).toEqual(before);
  });

  it('says 304 to the same text only when asked to compare', () => {
    const client = aClient({ dbless: true });
    const config = JSON.stringify(SHOP);
    expect(['', '?check_hash=1', ''].map((query) => client.send(`POST /config${query}`, { config }).status)).toEqual([201, 304, 201]);
    const hash = client.send('GET /status').body['configuration_hash'];
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    expect(hash).not.toBe('0'.repeat(32));
  });

  it.each([
    [{ _format_version: '3.0', foo: 1 }, { foo: 'unknown field' }],
    [{ _format_version: '3.0', services: {} }, undefined],
    [{ _format_version: '3.0', services: [{ name: 'a', host: 'h' }], routes: [{ name: 'r', paths: ['/x'], service: 'b' }] },
      { routes: { r: ["invalid reference 'service: b' (no such entry in 'services')"] } }],
    [{ _format_version: '3.0', consumers: [{ username: 'a', custom_id: 'x' }, { username: 'b', custom_id: 'x' }] },
      { consumers: { b: "uniqueness violation: 'consumers' entity with custom_id set to 'x' already declared" } }],
    [{ _format_version: '3.0', plugins: [{ name: 'rate-limiting', config: { minute: 1, policy: 'cluster' } }] },
      { plugins: [{ config: { policy: 'expected one of: local, redis' } }] }],
    [{ _format_version: '3.0', consumers: [{ username: 'a' }], plugins: [{ name: 'jwt', consumer: 'a' }] },
      { plugins: [{ consumer: 'value must be null' }] }],
  ])('judges %j', (config, fields) => {
    expect(aClient({ dbless: true }).send('POST /config', config).body['fields']).toEqual(fields);
  });

  it('lays each fault beside its entity on demand, and gives the entity its tags and its parent', () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const { body } = aClient({ dbless: true }).send('POST /config?flatten_errors=1', {
      _format_version: '3.0', services: [{ id, name: 's', host: 'h', routes: [{ name: 'r', tags: ['t'], paths: ['x'] }] }],
    });
    expect(body['flattened_errors']).toEqual([
      {
        entity_type: 'route',
        entity_name: 'r',
        entity_tags: ['t'],
        entity: { service: { id }, name: 'r', tags: ['t'], paths: ['x'] },
        errors: [{ type: 'field', field: 'paths.1', message: 'should start with: / (fixed path) or ~/ (regex path)' }],
      },
    ]);
  });

  it('judges any configuration without a fault of its own, and loads all of it or nothing', () => {
    const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom('a', 'jwt', '/x', ['/x'], { id: 'a' }));
    const fields = ['name', 'host', 'paths', 'service', 'config', 'username', 'key', 'consumer', 'id'];
    const entity = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 4 });
    const list = fc.oneof(fc.array(entity, { maxLength: 2 }), value);
    const parent = fc.tuple(entity, fc.dictionary(fc.constantFrom('routes', 'plugins', 'jwt_secrets'), list, { maxKeys: 2 }))
      .map(([own, nested]) => ({ ...own, ...nested }));
    const kinds = ['services', 'routes', 'consumers', 'plugins', 'snis'];
    const sections = fc.dictionary(fc.constantFrom(...kinds), fc.oneof(fc.array(parent, { maxLength: 2 }), value), { maxKeys: 3 });
    fc.assert(
      fc.property(sections, fc.constantFrom('', '?flatten_errors=1'), (given, query) => {
        const client = aClient({ dbless: true });
        const { status } = client.send(`POST /config${query}`, { _format_version: '3.0', ...given });
        expect([201, 400, 500]).toContain(status);
        if (status !== 201) expect(client.control.store.version()).toBe(0);
      }),
      { numRuns: draws(300) },
    );
  });

  it('reads YAML as YAML 1.1, and refuses what is none', () => {
    const client = aClient({ dbless: true });
    const yaml = '_format_version: "3.0"\nservices:\n- {name: a, host: h, enabled: no}\n';
    expect(client.send('POST /config', yaml, 'text/yaml').status).toBe(201);
    expect(client.control.store.all('services')).toMatchObject([{ enabled: false }]);
    expect(client.send('POST /config', 'a: [b', 'text/yaml').status).toBe(400);
    expect(client.send('POST /config', yaml, 'application/x-yaml').status).toBe(415);
  });
});
