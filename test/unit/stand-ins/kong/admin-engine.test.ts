import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHost } from '../../../../infra/stand-ins/src/kong/schema/hosts.ts';
import { luaPattern } from '../../../../infra/stand-ins/src/kong/schema/lua-pattern.ts';
import { normalizePath } from '../../../../infra/stand-ins/src/kong/schema/normalize.ts';
import { toPluginSchema } from '../../../../infra/stand-ins/src/kong/schema/own-plugins.ts';
import { prettyBlock, prettyLine } from '../../../../infra/stand-ins/src/kong/schema/pretty.ts';
import { aClient } from './admin-client.ts';
import { draws } from '../../../properties.ts';

describe('Lua patterns', () => {
  it.each([
    ['^%u+$', 'GET', true], ['^%u+$', 'get', false],
    ['^[^*]*%*?[^*]*$', 'a*b', true], ['^[^*]*%*?[^*]*$', '**', false],
    ['%.%*$', 'a.*', true], ['%.%*$', 'a*', false],
    ['^[a-z][a-z%d-]-[a-z%d]+$', 'a-1', true], ['^[a-z][a-z%d-]-[a-z%d]+$', 'A', false],
    ['^[^:]+:.*$', 'a:', true], ['^[^:]+:.*$', ':a', false],
    ['//', 'a//b', true], ['a-', 'b', true],
  ])('%s on %s', (pattern, text, matches) => {
    expect(luaPattern(pattern).test(text)).toBe(matches);
  });

  it.each(['%b()', '%f[a]', '(a)%1'])('does not pretend to know %s', (pattern) => {
    expect(() => luaPattern(pattern)).toThrow('not supported');
  });
});

describe('Lua tables in messages', () => {
  const holes: string[] = [];
  holes[0] = 'a';
  holes[2] = 'c';
  it.each([
    [{ b: 1, a: { id: 'x' } }, '{a={id="x"},b=1}'],
    [holes, '{"a",[3]="c"}'],
    [{ 'a-b': true, end: 1 }, '{["a-b"]=true,["end"]=1}'],
    [{ a: 'say "x"\\' }, '{a="say \\"x\\"\\\\"}'],
    [{ a: 'two\nlines' }, '{a=[[two\nlines]]}'],
    [{}, '{}'],
  ])('writes %j on a line', (value, text) => {
    expect(prettyLine(value)).toBe(text);
  });

  it('indents what goes over several lines', () => {
    expect(prettyBlock({ a: ['x'] })).toBe('{\n  a = {\n    "x"\n  }\n}');
  });
});

describe('hosts and paths', () => {
  it.each([
    ['example.com', { type: 'name', host: 'example.com' }],
    ['example.com:80', { type: 'name', host: 'example.com', port: 80 }],
    ['127.0.0.1:8000', { type: 'ipv4', host: '127.0.0.1', port: 8000 }],
    ['[::1]:80', { type: 'ipv6', host: '0000:0000:0000:0000:0000:0000:0000:0001', port: 80 }],
    ['a_b.c.', { type: 'name', host: 'a_b.c.' }],
    ['256.1.1.1', 'invalid ipv4 address: 256.1.1.1'],
    ['a..b', 'invalid hostname: a..b'],
    ['a-.b', 'invalid hostname: a-.b'],
    ['a:99999', 'invalid port number'],
  ])('reads %s', (text, host) => {
    expect(parseHost(text)).toEqual(host);
  });

  it.each([
    ['/a/./b', '/a/b'], ['/a/..', '/'], ['/%7Euser', '/~user'], ['/a%2fb', '/a%2Fb'], ['/caf%C3%A9', '/café'], ['/a//b/', '/a/b/'],
  ])('brings %s to its normal form', (path, normal) => {
    expect(normalizePath(path)).toBe(normal);
  });

  it('leaves a path in normal form alone', () => {
    fc.assert(fc.property(fc.webPath(), (path) => {
      const once = normalizePath(`/${path}`);
      expect(normalizePath(once.replaceAll('%', '%25'))).toBe(once.replaceAll('%', '%25'));
    }));
  });
});

describe('plugins of our own', () => {
  const plugin = toPluginSchema('authctl-probe', {
    name: 'authctl-probe',
    fields: [
      { consumer: { type: 'foreign', reference: 'consumers', eq: null } },
      {
        config: {
          type: 'record',
          fields: [
            { issuer: { type: 'string', required: true } },
            { scopes: { type: 'set', elements: { type: 'string' }, default: {} } },
            { token: { type: 'record', fields: [{ header: { type: 'boolean', default: true } }] } },
          ],
        },
      },
    ],
  });

  it('are filled in and validated by their own schema', () => {
    const client = aClient({ plugins: [plugin] });
    expect(client.send('POST /plugins', { name: 'authctl-probe', config: { issuer: 'i' } }).body['config'])
      .toEqual({ issuer: 'i', scopes: [], token: { header: true } });
    expect(client.send('POST /plugins', { name: 'authctl-probe', config: { isuer: 'i' } }).body['fields'])
      .toEqual({ config: { isuer: 'unknown field', issuer: 'required field missing' } });
    expect(client.send('GET /plugins/enabled').body['enabled_plugins']).toContain('authctl-probe');
  });

  it('take priority and version from their handler', () => {
    expect(toPluginSchema('p', { fields: [] }, 'local P = { PRIORITY = 1455, VERSION = "0.2.0" }')).toMatchObject({
      priority: 1455, version: '0.2.0',
    });
  });

  it.each([
    [undefined], ['text'], [{ fields: ['x'] }], [{ fields: [{ a: { type: 'string', fn: 'nope' } }] }],
    [{ fields: [{ a: { type: 'string', description: 'Its port.' } }] }], [{ fields: [{ a: { type: 'string', description: 'x'.repeat(501) } }] }],
    [{ fields: [{ a: {} }] }], [{ fields: [{ a: { type: 'text' } }] }], [{ fields: [{ a: { type: 'string', lenmin: 1 } }] }],
    [{ fields: [{ a: { type: 'boolean', one_of: [true] } }] }], [{ fields: [{ a: { type: 'array' } }] }],
    [{ fields: [{ a: { type: 'array', elements: { type: 'string', between: [1, 2] } } }] }],
  ])('are refused when their schema is %j', (table) => {
    expect(() => toPluginSchema('bad', table)).toThrow();
  });
});

describe('the Admin API under arbitrary input', () => {
  const paths = [
    '/services', '/routes', '/consumers', '/plugins', '/upstreams', '/upstreams/u/targets', '/consumers/c/jwt', '/consumers/c/acls',
    '/certificates', '/keys', '/vaults', '/config', '/schemas/routes/validate',
  ];
  const fields = [
    'name', 'id', 'host', 'url', 'paths', 'protocols', 'service', 'config', 'tags', 'ttl', 'username', 'key', 'target', 'pem', '__proto__',
  ];
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom('jwt', 'acl', 'a', 'http', ['http'], { id: 1 }, {}));
  const body = fc.oneof(fc.json(), fc.dictionary(fc.constantFrom(...fields), value).map((row) => JSON.stringify(row)));

  it('always answers, and never with a fault of its own', () => {
    const client = aClient();
    client.send('PUT /upstreams/u', {});
    client.send('PUT /consumers/c', {});
    fc.assert(
      fc.property(
        fc.constantFrom('POST', 'PUT', 'PATCH'), fc.constantFrom(...paths), fc.constantFrom('', '/u', '/%00', '/a%2Fb'), body,
        (method, path, below, text) => {
          const { status } = client.send(`${method} ${path}${below}`, text, 'application/json');
          expect([200, 201, 400, 404, 405, 409, 500]).toContain(status);
        },
      ),
      { numRuns: draws(500) },
    );
  });

  it('reads back what it wrote, and writes what it read without a change', () => {
    fc.assert(
      fc.property(
        fc.record({
          name: fc.stringMatching(/^[a-z0-9._~-]{1,12}$/),
          paths: fc.array(fc.stringMatching(/^(\/[a-z0-9]{1,4}){1,3}$/), { minLength: 1, maxLength: 3 }),
          methods: fc.option(fc.uniqueArray(fc.constantFrom('GET', 'POST', 'PUT'), { minLength: 1 })),
          strip_path: fc.boolean(),
          tags: fc.option(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/))),
        }),
        ({ name, ...route }) => {
          const client = aClient();
          const written = client.send(`PUT /routes/${name}`, route);
          expect(written).toMatchObject({ status: 200, body: { name, ...route } });
          expect(client.send(`GET /routes/${name}`).body).toEqual(written.body);
          expect(client.send(`PUT /routes/${String(written.body['id'])}`, written.body).body).toEqual(written.body);
        },
      ),
      { numRuns: draws(100) },
    );
  });
});
