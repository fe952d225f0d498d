import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { aClient, messageOf } from './admin-client.ts';

const withService = () => {
  const client = aClient();
  client.send('PUT /services/s', { url: 'http://upstream:9000/base' });
  client.send('PUT /services/s/routes/r', { paths: ['/r'] });
  client.send('PUT /consumers/alice', {});
  return client;
};

describe('validation beyond the recordings', () => {
  it.each([
    [{ paths: ['/a%zz'] }, "schema violation (paths.1: invalid url-encoded value: '%zz')"],
    [{ paths: ['/a/../b'] }, "schema violation (paths.1: non-normalized path, consider use '/b' instead)"],
    [{ paths: ['/x', null] }, 'schema violation (paths.2: required field missing)'],
    [{ paths: ['/x'], headers: { a: 'x' } }, 'schema violation (headers: expected an array)'],
    [{ hosts: ['a..b'] }, 'schema violation (hosts.1: invalid hostname: a..b)'],
    [{ hosts: ['a.*.b'] }, 'schema violation (hosts.1: invalid wildcard: must be placed at leftmost or rightmost label)'],
    [{ protocols: ['http'] }, "schema violation (must set one of 'methods', 'hosts', 'headers', 'paths' when 'protocols' is 'http')"],
    [{ protocols: [], paths: ['/x'] }, 'schema violation (protocols: unknown type: nil)'],
    [{ protocols: ['ftp'], paths: ['/x'] }, 'schema violation (protocols: unknown type: ftp)'],
    [{ protocols: ['tls_passthrough'] }, "schema violation (must set snis when 'protocols' is 'tls_passthrough')"],
    [{ paths: ['/x'], sources: [{ ip: '1.2.3.4' }] },
      "schema violation (sources: cannot set 'sources' when 'protocols' is 'http' or 'https')"],
    [{ paths: ['/x'], service: { nme: 's' } }, 'schema violation (service.nme: unknown field)'],
    [{ paths: ['/x'], service: 5 }, 'An unexpected error occurred'],
    [{ paths: ['/x'], regex_priority: 1.5 }, 'schema violation (regex_priority: expected an integer)'],
  ])('of a route %j', (body, message) => {
    expect(messageOf(withService().send('POST /routes', body))).toBe(message);
  });

  it('takes the old name of a plugin field for its new one', () => {
    const { status, body } = withService().send('POST /services/s/plugins', { name: 'opentelemetry', config: { endpoint: 'http://traces:4318/v1' } });
    expect([status, body['config']]).toEqual([201, expect.objectContaining({ traces_endpoint: 'http://traces:4318/v1' })]);
    expect(messageOf(withService().send('POST /services/s/plugins', { name: 'opentelemetry', config: { endpoint: 'x' } }))).toContain('traces_endpoint');
  });

  it.each([
    [{ url: 'https://h' }, { protocol: 'https', host: 'h', port: 443, path: null }],
    [{ url: 'http://u:p@[::1]:81/a?b#c' }, { protocol: 'http', host: '::1', port: 81, path: '/a' }],
    [{ url: 'grpc://h' }, { protocol: 'grpc', host: 'h', port: 80, path: null }],
    [{ url: 'http://h:443', port: 1 }, { protocol: 'http', host: 'h', port: 443 }],
  ])('spreads the shorthand %j of a service', (given, wanted) => {
    expect(aClient().send('POST /services', given)).toMatchObject({ status: 201, body: wanted });
  });

  it.each([
    [{ name: 'jwt', config: { claims_to_verify: ['exp', 'exp'] } }, { claims_to_verify: ['exp'] }],
    [{ name: 'cors', config: { methods: ['GET'] } }, { methods: ['GET'], credentials: false, origins: null }],
    [{ name: 'rate-limiting', config: { minute: 1, redis_host: 'h' } }, { redis_host: 'h', redis: { host: 'h', port: 6379 } }],
  ])('fills in the config of %j', (given, config) => {
    expect(aClient().send('POST /plugins', given)).toMatchObject({ status: 201, body: { config } });
  });

  it.each([
    [{ name: 'request-termination', config: { message: 'm', body: 'b' } },
      'schema violation (config: message cannot be used with content_type or body)'],
    [{ name: 'ip-restriction', config: { deny: ['10.0.0.0/33'] } },
      'schema violation (config.deny: {\n  "invalid ip or cidr range: \'10.0.0.0/33\'"\n})'],
    [{ name: 'jwt', consumer: { username: 'alice' }, config: { x: 1 } },
      '2 schema violations (config.x: unknown field; consumer: value must be null)'],
    [{ name: 'hmac-auth' },
      "schema violation (name: plugin 'hmac-auth' not enabled; add it to the 'plugins' configuration property)"],
    [{ name: ['jwt'] }, 'schema violation (name: expected a string)'],
    [{ name: 'acl', protocols: ['tcp'], config: { allow: ['a'] } },
      'schema violation (protocols.1: expected one of: grpc, grpcs, http, https)'],
    [{ name: 'rate-limiting', config: { minute: 1, redis: { host: 'h' }, redis_host: 'x' } },
      'schema violation (redis_host: both deprecated and new field are used but their values mismatch: redis_host = x vs redis.host = h)'],
  ])('refuses the plugin %j', (given, message) => {
    expect(messageOf(withService().send('POST /plugins', given))).toBe(message);
  });

  it('refuses a plugin whose protocols its route does not have', () => {
    const client = withService();
    expect(messageOf(client.send('POST /routes/r/plugins', { name: 'jwt', protocols: ['grpc'] })))
      .toBe("schema violation (protocols: must match the associated route's protocols)");
  });

  it('takes no field that is not described, whatever its name', () => {
    const { body } = aClient().send('POST /services', '{"host":"h","__proto__":{"a":1},"constructor":1}', 'application/json');
    expect(body['message']).toBe('2 schema violations (__proto__: unknown field; constructor: unknown field)');
  });

  it('names the route expression that the router cannot compile', () => {
    const { body } = withService().send('POST /routes', { methods: ['GET'], paths: ['~/a(?<n>b)\\1'] });
    expect(body['message']).toBe(
      'schema violation (Router Expression failed validation:  --> 1:43\n  |\n' +
      '1 | (http.method == r#"GET"#) && (http.path ~ r#"^/a(?P<n>b)\\1"#)\n' +
      '  |                                           ^----------------^\n  |\n' +
      '  = regex parse error:\n    ^/a(?P<n>b)\\1\n               ^^\nerror: backreferences are not supported)',
    );
  });
});

describe('writing', () => {
  it('infers the types of a form, in a PATCH of a plugin too', () => {
    const client = withService();
    client.send('POST /services/s/plugins', 'name=jwt&instance_name=j&config.cookie_names[]=a&config.maximum_expiration=');
    const form = 'config.claims_to_verify=exp&config.maximum_expiration=60&enabled=false&tags=x&tags=y';
    const { body } = client.send('PATCH /plugins/j', form);
    expect(body).toMatchObject({
      enabled: false, tags: ['x', 'y'], config: { cookie_names: ['a'], claims_to_verify: ['exp'], maximum_expiration: 60 },
    });
  });

  it('merges a PATCH record by record and takes lists whole', () => {
    const client = aClient();
    const active = { http_path: '/up', healthy: { http_statuses: [200] } };
    client.send('POST /upstreams', { name: 'u', healthchecks: { active } });
    const { body } = client.send('PATCH /upstreams/u', { healthchecks: { active: { timeout: 5 } } });
    expect(body['healthchecks']).toMatchObject({ active: { ...active, timeout: 5, healthy: { http_statuses: [200], interval: 0 } } });
  });

  it('keeps the id and resets the rest in a PUT by name', () => {
    const client = withService();
    const before = client.send('GET /services/s').body;
    const after = client.send('PUT /services/s', { host: 'other' }).body;
    expect(after).toMatchObject({ id: before['id'], host: 'other', port: 80, path: null });
  });

  it('gives a route without a service one of its own by PUT', () => {
    const client = aClient();
    client.send('PUT /routes/alone', { paths: ['/x'] });
    const { body } = client.send('PUT /routes/alone/service', { host: 'h' });
    expect(client.send('GET /routes/alone').body['service']).toEqual({ id: body['id'] });
  });

  it('reads ids in any case and keeps them in lower case', () => {
    const client = aClient();
    client.send('POST /services', { id: 'AAAAAAAA-0000-4000-8000-000000000001', host: 'h' });
    expect(client.send('GET /services/AAAAAAAA-0000-4000-8000-000000000001').body['id']).toBe('aaaaaaaa-0000-4000-8000-000000000001');
  });

  it('lets a key with a time to live end', () => {
    let now = 1_800_000_000;
    const client = aClient({ clock: () => now });
    client.send('PUT /consumers/c', {});
    expect(client.send('POST /consumers/c/key-auth', { key: 'k', ttl: 60 }).body['ttl']).toBe(59);
    now += 61;
    expect(client.send('GET /key-auths/k').status).toBe(404);
    expect(client.control.store.all('keyauth_credentials')).toEqual([]);
  });

  it('deletes what hangs on a consumer, and moves the version', () => {
    const client = withService();
    client.send('POST /consumers/alice/jwt', { key: 'k' });
    client.send('POST /consumers/alice/acls', { group: 'g' });
    client.send('POST /consumers/alice/plugins', { name: 'rate-limiting', config: { minute: 1 } });
    const before = client.control.store.version();
    expect(client.send('DELETE /consumers/alice').status).toBe(204);
    expect((['jwt_secrets', 'acls', 'plugins'] as const).map((kind) => client.control.store.all(kind))).toEqual([[], [], []]);
    expect(client.control.store.version()).toBeGreaterThan(before);
  });

  it('changes nothing when a write is refused', () => {
    const client = withService();
    const version = client.control.store.version();
    client.send('PUT /services/s', { host: 'a b' });
    client.send('DELETE /services/s');
    client.send('POST /routes', { name: 'r', paths: ['/r'] });
    expect(client.control.store.version()).toBe(version);
  });

  it('keeps a password as its salted digest', () => {
    const client = withService();
    const { body } = client.send('POST /consumers/alice/basic-auth', { username: 'u', password: 'p' });
    expect(body['password']).toMatch(/^[0-9a-f]{40}$/);
  });

  it.each(['RS256', 'PS256', 'EdDSA'])('wants a key that loads for %s', (algorithm) => {
    const client = withService();
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(client.send('POST /consumers/alice/jwt', { algorithm, rsa_public_key: pem }).status).toBe(201);
    expect(client.send('POST /consumers/alice/jwt', { algorithm, rsa_public_key: 'x' }).status).toBe(400);
    expect(client.send('POST /consumers/alice/jwt', { algorithm }).status).toBe(400);
  });
});

describe('reading', () => {
  it('follows the pages to the end, once each, by id', () => {
    const client = aClient();
    for (let i = 0; i < 25; i += 1) client.send(`PUT /services/s${i}`, { host: 'h', tags: ['t'] });
    const ids: unknown[] = [];
    for (let next: unknown = '/services?size=10&tags=t'; typeof next === 'string';) {
      const { body } = client.send(`GET ${next}`);
      ids.push(...(body['data'] as { id: string }[]).map(({ id }) => id));
      next = body['next'];
    }
    expect(ids).toHaveLength(25);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it.each([
    ['GET /services/a%20b', 'invalid value \'a b\': the only accepted ascii characters are alphanumerics or ., -, _, and ~'],
    ['GET /acls/x', "invalid primary key: '{id=\"expected a valid UUID\"}'"],
    ['GET /services?offset=!!', "'!!' is not a valid offset: bad base64 encoding"],
    ['GET /services?tags=a,b,c,d,e,f', 'invalid option (tags: cannot query more than 5 tags)'],
    ['GET /certificates/unknown.example', 'SNI not found'],
    ['GET /targets', 'Not found'],
    ['POST /plugins/enabled', 'Method not allowed'],
    ['GET /schemas/nope', "No entity named 'nope'"],
  ])('answers %s', (what, message) => {
    expect(messageOf(aClient().send(what))).toBe(message);
  });

  it('knows what it does not implement as little as Kong knows an unknown endpoint', () => {
    const client = aClient();
    for (const path of ['/timers', '/clustering/status', '/filter-chains', '/oauth2', '/metrics']) {
      expect(client.send(`GET ${path}`)).toEqual({ status: 404, body: { message: 'Not found' } });
    }
  });
});

describe('certificates and server names', () => {
  it('refuses a certificate that is none', () => {
    const { body } = aClient().send('POST /certificates', { cert: 'x', key: 'y' });
    expect(Object.keys(body['fields'] as object).toSorted()).toEqual(['cert', 'key']);
  });
});
