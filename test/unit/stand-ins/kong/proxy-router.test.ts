import { describe, expect, it } from 'vitest';
import type { Entity } from '../../../../infra/stand-ins/src/kong/contract.ts';
import { headerList } from '../../../../infra/stand-ins/src/kong/proxy/headers.ts';
import { buildRouter, type RoutingFacts } from '../../../../infra/stand-ins/src/kong/proxy/router.ts';

const aRoute = (id: string, fields: Readonly<Record<string, unknown>>): Entity =>
  ({ id, strip_path: true, protocols: ['http', 'https'], ...fields });
const facts = (path: string, more: Partial<RoutingFacts> = {}): RoutingFacts => ({
  method: 'GET', host: 'shop.example', port: 8000, path, headers: headerList(), clientIp: '127.0.0.1', clientPort: 50_000,
    serverIp: '127.0.0.1', ...more,
});
const chosen = (routes: readonly Entity[], asked: RoutingFacts): string => {
  const routing = buildRouter(routes, () => undefined)(asked);
  return routing.kind === 'none' ? 'none' : routing.kind === 'unsupported' ? `unsupported ${routing.route.id}` : routing.match.route.id;
};

describe('the router', () => {
  it('takes the longer prefix, and a regular expression before any prefix', () => {
    const routes = [aRoute('short', { paths: ['/a'] }), aRoute('long', { paths: ['/a/b'] }), aRoute('regex', { paths: ['~/a/c$'] })];
    expect(['/a/b/1', '/a/x', '/a/c', '/a/c/d', '/b'].map((path) => chosen(routes, facts(path)))).toEqual(['long', 'short', 'regex',
      'short', 'none']);
  });

  it('finds nothing for a path that is not UTF-8, unless no route looks at paths', () => {
    const routes = [aRoute('prefix', { paths: ['/a'] }), aRoute('regex', { paths: ['~/a/[^/]+$'] })];
    expect([chosen(routes, facts('/a/\xc3\xa9')), chosen(routes, facts('/a/\xe9')), chosen([aRoute('any', { methods: ['GET'] })], facts('/\xe9'))])
      .toEqual(['regex', 'none', 'any']);
  });

  it('takes more kinds of condition before a longer path', () => {
    const routes = [
      aRoute('path', { paths: ['/orders/list'] }),
      aRoute('method', { paths: ['/o'], methods: ['GET'] }),
      aRoute('host', { paths: ['/o'], methods: ['GET'], hosts: ['shop.example'] }),
    ];
    expect(chosen(routes, facts('/orders/list'))).toBe('host');
    expect(chosen(routes, facts('/orders/list', { host: 'other' }))).toBe('method');
    expect(chosen(routes, facts('/orders/list', { host: 'other', method: 'POST' }))).toBe('path');
  });

  it('compares hosts as written, with a star at either end, and a port where the route names one', () => {
    const routes = [
      aRoute('plain', { hosts: ['shop.example'] }), aRoute('suffix', { hosts: ['*.example'] }), aRoute('prefix', { hosts: ['shop.*'] }),
      aRoute('port', { hosts: ['port.test:8443'] }),
    ];
    const by = (host: string | undefined): string => chosen(routes, facts('/', { host }));
    expect([by('shop.example'), by('a.example'), by('shop.test'), by('SHOP.example'), by('port.test:8443'), by('port.test'), by(undefined)])
      .toEqual(['plain', 'suffix', 'prefix', 'suffix', 'port', 'none', 'none']);
  });

  it('wants every header a route names, any of its values, in any case, or by pattern', () => {
    const routes = [aRoute('r', { headers: { 'X-Tier': ['gold', 'silver'], 'x-kind': ['~*^b[0-9]+$'] } })];
    const by = (tier: string, kind: string): string => chosen(routes,
      facts('/', { headers: headerList([['x-tier', tier], ['X-Kind', kind]]) }));
    expect([by('GOLD', 'B12'), by('silver', 'b1'), by('bronze', 'b1'), by('gold', 'x')]).toEqual(['r', 'r', 'none', 'none']);
  });

  it('goes by regex_priority between expressions, and by the greater id between equals', () => {
    const routes = [
      aRoute('low', { paths: ['~/a.*'], regex_priority: 1 }), aRoute('high', { paths: ['~/ab.*'], regex_priority: 9 }),
      aRoute('11111111-0000-0000-0000-000000000000', { paths: ['/same'] }),
        aRoute('22222222-0000-0000-0000-000000000000', { paths: ['/same'] }),
    ];
    expect(chosen(routes, facts('/abc'))).toBe('high');
    expect(chosen(routes, facts('/same'))).toBe('22222222-0000-0000-0000-000000000000');
  });

  it('gives what is stripped and what was captured', () => {
    const route = aRoute('r', { paths: ['~/orders/(?<order>[^/]+)/(\\d+)'] });
    expect(buildRouter([route], () => undefined)(facts('/orders/o1/7/rest'))).toEqual({
      kind: 'matched',
      match: {
        route, service: undefined, prefix: '/orders/o1/7',
        captures: new Map<string | number, string>([[0, '/orders/o1/7'], [1, 'o1'], [2, '7'], ['order', 'o1']]),
      },
    });
  });

  it('leaves out the routes of a disabled service, and those of streams', () => {
    const off: Entity = { id: 's', enabled: false };
    expect(buildRouter([aRoute('r', { paths: ['/'] })], () => off)(facts('/'))).toEqual({ kind: 'none' });
    expect(chosen([aRoute('tcp', { paths: ['/'], protocols: ['tcp'] })], facts('/'))).toBe('none');
  });

  it('says so when it cannot evaluate a route that is reached, instead of passing on to the next one', () => {
    const routes = [aRoute('fancy', { paths: ['~/a(?|b|c)'] }), aRoute('catch-all', { paths: ['/'] })];
    expect(chosen(routes, facts('/a'))).toBe('unsupported fancy');
    expect(chosen([aRoute('header', { headers: { a: ['~*('] } }), aRoute('rest', { paths: ['/'] })],
      facts('/'))).toBe('unsupported header');
  });

  it('knows addresses and blocks of the client', () => {
    const routes = [aRoute('near', { sources: [{ ip: '127.0.0.0/8' }] }), aRoute('far', { sources: [{ ip: '10.1.2.3', port: 99 }] })];
    expect(chosen(routes, facts('/'))).toBe('near');
    expect(chosen(routes, facts('/', { clientIp: '10.1.2.3', clientPort: 99 }))).toBe('far');
    expect(chosen(routes, facts('/', { clientIp: '10.1.2.3', clientPort: 98 }))).toBe('none');
  });
});
