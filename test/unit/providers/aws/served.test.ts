import { describe, expect, it } from 'vitest';
import { configurationIn, differences, otherwiseServed } from '../../../../src/providers/aws/served.ts';
import { aws } from '../../../../src/providers/aws/specs/index.ts';

const integration = { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: 'https://orders.example', payloadFormatVersion: '1.0' };
const definition = (paths: object, more: object = {}) => ({
  openapi: '3.0.1',
  info: { title: 'shop', version: '2026-11-30' },
  paths,
  components: { securitySchemes: { orders: { type: 'oauth2', 'x-amazon-apigateway-authorizer': { type: 'jwt', jwtConfiguration: { audience: ['orders'], issuer: 'https://id.example' } } } } },
  ...more,
});
const guarded = { security: [{ orders: ['orders:write', 'orders:read'] }], 'x-amazon-apigateway-integration': integration };
const base = configurationIn(definition({ '/orders': { get: guarded }, '/$default': { 'x-amazon-apigateway-any-method': { isDefaultRoute: true } }, '/files/{proxy+}': { 'x-amazon-apigateway-any-method': guarded } }));

describe('what is exported', () => {
  it('is told by route keys', () => {
    expect([...base.keys()]).toEqual(['GET /orders', '$default', 'ANY /files/{proxy+}', 'the API itself']);
  });

  it('is the same under another name and stage, in another order, and with an integration that stands beside the routes', () => {
    const same = definition(
      {
        '/files/{proxy+}': { 'x-amazon-apigateway-any-method': { ...guarded, 'x-amazon-apigateway-integration': { $ref: '#/components/x-amazon-apigateway-integrations/one' } } },
        '/$default': { 'x-amazon-apigateway-any-method': { isDefaultRoute: true } },
        '/orders': { get: { ...guarded, security: [{ orders: ['orders:read', 'orders:write'] }] } },
      },
      { info: { title: 'other', version: '1' }, servers: [{ url: 'https://x' }] },
    );
    expect(differences(configurationIn({ ...same, components: { ...same.components, 'x-amazon-apigateway-integrations': { one: integration } } }), base)).toEqual([]);
  });

  it.each([
    ['a route without its guard', definition({ '/orders': { get: { 'x-amazon-apigateway-integration': integration } } }), 'GET /orders'],
    ['another scope', definition({ '/orders': { get: { ...guarded, security: [{ orders: [] }] } } }), 'GET /orders'],
    ['another place', definition({ '/orders': { get: { ...guarded, 'x-amazon-apigateway-integration': { ...integration, uri: 'https://evil.example' } } } }), 'GET /orders'],
    ['a route more', definition({ '/orders': { get: guarded, post: guarded } }), 'POST /orders'],
    ['what browsers may', definition({ '/orders': { get: guarded } }, { 'x-amazon-apigateway-cors': { allowOrigins: ['*'] } }), 'the API itself'],
    ['another issuer of the same name', { ...definition({ '/orders': { get: guarded } }), components: { securitySchemes: { orders: { 'x-amazon-apigateway-authorizer': { jwtConfiguration: { issuer: 'https://evil.example' } } } } } }, 'GET /orders'],
  ])('differs by %s', (_what, other, key) => {
    expect(differences(configurationIn(other), configurationIn(definition({ '/orders': { get: guarded } })))).toEqual([key]);
  });
});

describe('a stage that serves otherwise', () => {
  const at = { file: 'shop.yaml', line: 1, column: 1 };
  const route = (spec: object = {}) => ({ RouteKey: 'GET /orders', AuthorizationType: 'NONE' as const, ...spec });
  const stage = { kind: aws.stage.kind, id: 'shop/live', spec: { StageName: 'live', Deployment: 'f1' }, owner: 'shop' };
  const wanted = [aws.route.desired(['shop', 'GET /orders'], { spec: aws.route.read(route()), after: [], origin: at })];
  const live = (spec: object = {}) => [stage, { kind: aws.route.kind, id: 'shop/GET /orders', spec: aws.route.read(route(spec)), owner: 'shop' }];
  const found = (key: string) => new Map([[aws.stage.address('shop', 'live'), [key]]]);
  const told = (...args: Parameters<typeof otherwiseServed>) => otherwiseServed(...args).find(({ kind }) => kind === aws.stage.kind)?.spec['Deployment'];

  it('is told where the API is as the blueprint says, or where nobody has what is served', () => {
    expect(told(wanted, live(), found('GET /orders'))).toBe('f1, and serves otherwise: GET /orders');
    expect(told(wanted, live(), found('GET /leak'))).toBe('f1, and serves otherwise: GET /leak');
  });

  it('is not told where the API itself is otherwise: that is told of the route', () => {
    expect(told(wanted, live({ AuthorizationType: 'AWS_IAM' }), found('GET /orders'))).toBe('f1');
    expect(told(wanted, [stage], found('GET /orders'))).toBe('f1');
    expect(told(wanted, [...live(), { kind: aws.route.kind, id: 'shop/GET /theirs', spec: {}, owner: undefined }], found('GET /theirs'))).toBe('f1');
    expect(told(wanted, live(), new Map())).toBe('f1');
  });
});
