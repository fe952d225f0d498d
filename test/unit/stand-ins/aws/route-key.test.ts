import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRoute, parseRouteKey, shapeOf, type RouteKey } from '../../../../infra/stand-ins/src/aws/route-key.ts';

const keyed = (...keys: readonly string[]): readonly { readonly name: string; readonly key: RouteKey }[] =>
  keys.map((name) => {
    const key = parseRouteKey(name);
    if (key === undefined) throw new Error(`${name} is no route key`);
    return { name, key };
  });

const chosen = (keys: readonly string[], method: string, path: string): unknown => {
  const match = chooseRoute(keyed(...keys), method, path);
  return match && [match.value.name, match.parameters];
};

describe('a route is chosen', () => {
  // The developer guide's own example, "Routing API requests".
  const guide = ['$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1'];
  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['GET', '/', '$default', {}],
  ])('as the guide says for %s %s', (method, path, route, parameters) => {
    expect(chosen(guide, method, path)).toEqual([route, parameters]);
  });

  it('by its path first, then by an exact method before ANY', () => {
    expect([
      chosen(['ANY /a/b', 'GET /a/{x}'], 'GET', '/a/b'),
      chosen(['ANY /a/b', 'GET /a/b'], 'GET', '/a/b'),
      chosen(['ANY /a/{p+}', 'GET /{p+}'], 'GET', '/a/b'),
      chosen(['GET /{x}/b', 'GET /a/{y}'], 'GET', '/a/b'),
    ]).toEqual([
      ['ANY /a/b', {}],
      ['GET /a/b', {}],
      ['ANY /a/{p+}', { p: 'b' }],
      ['GET /a/{y}', { y: 'b' }],
    ]);
  });

  it('with percent-encoding undone for static segments and kept for variables', () => {
    expect([chosen(['GET /orders/{id}'], 'GET', '/%6Frders/a%2Fb'), chosen(['GET /a'], 'GET', '/%zz')]).toEqual([
      ['GET /orders/{id}', { id: 'a%2Fb' }],
      undefined,
    ]);
  });

  it('never with an empty variable', () => {
    expect([chosen(['GET /a/{id}'], 'GET', '/a/'), chosen(['GET /a/{p+}'], 'GET', '/a/'), chosen(['GET /a/{p+}'], 'GET', '/a')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('any text', () => {
  it('is either no key, or a key that holds every part of the text', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('/', '{', '}', '+', 'a', 'b', '%', ' ', '?') });
    const written = (key: RouteKey): string =>
      key.type === 'default'
        ? '$default'
        : `${key.method} /${key.segments
            .map((part) => (part.type === 'static' ? part.text : `{${part.name}${part.type === 'greedy' ? '+' : ''}}`))
            .join('/')}`;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constant('$default'),
          alphabet.map((path) => `GET /${path}`),
        ),
        (text) => {
          const key = parseRouteKey(text);
          if (key !== undefined) expect(written(key)).toBe(text);
        },
      ),
    );
  });

  it('that differs in variable names only has the same shape', () => {
    const shape = (text: string): string | undefined => {
      const key = parseRouteKey(text);
      return key && shapeOf(key);
    };
    expect([shape('GET /a/{x}/{y+}'), shape('GET /a/{v}/{w}'), shape('POST /a/{x}/{y+}')]).toEqual([
      shape('GET /a/{p}/{q+}'),
      'GET /a/{}/{}',
      'POST /a/{}/{+}',
    ]);
  });

  it('as a path is answered without an error, and by a route of its own method', () => {
    const routes = keyed('GET /a/{x}', 'POST /{p+}', 'ANY /a/b/{c}');
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'POST', 'PUT'),
        fc.string().map((path) => `/${path}`),
        (method, path) => {
          const match = chooseRoute(routes, method, path);
          return match === undefined || match.value.name.startsWith(`${method} `) || match.value.name.startsWith('ANY ');
        },
      ),
    );
  });

  it('in a variable comes back as it was', () => {
    const segment = fc.string({ minLength: 1 }).map(encodeURIComponent);
    fc.assert(
      fc.property(segment, segment, (one, two) => {
        expect(chosen(['GET /a/{x}/{y}'], 'GET', `/a/${one}/${two}`)).toEqual(['GET /a/{x}/{y}', { x: one, y: two }]);
      }),
    );
  });
});
