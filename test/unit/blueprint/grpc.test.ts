import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isGrpc, pathLike, routeOf } from '../../../src/access/index.ts';
import { expand } from '../../../src/patterns/index.ts';
import { kong } from '../../../src/providers/kong/specs/index.ts';
import { complaints, load, repository } from './loading.ts';

const env = { KEYCLOAK_CLIENT_SECRET: 'keycloak-secret', PLANNER_SECRET: 'planner-secret', KIT_PASSWORD: 'kit-password', CLEO_PASSWORD: 'cleo-password', AWS_ENDPOINT: 'http://127.0.0.1:4566' };
const example = async (...edits: readonly (readonly [string, string])[]): Promise<string> => {
  let text = await readFile(join(repository, 'blueprints/grpc.yaml'), 'utf8');
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`the blueprint has no text ${JSON.stringify(from)}`);
    text = text.replace(from, () => to);
  }
  return text;
};
const READ = 'read: { match: GRPC /depot.v1.Stock/Get, scopes: [stock:read], reads: true }';
const SHOW = 'show: { match: "GET /labels/{id}", scopes: [labels:print] }';
/** Another route of HTTP, for whoever may have labels printed. */
const beside = (match: string): readonly (readonly [string, string])[] => [
  [SHOW, `any: { match: ${match}, scopes: [labels:print], roles: [keeper, clerk] }\n      ${SHOW}`],
  ['counting, health], labels: [show, print]', 'counting, health], labels: [show, print, any]'],
  ['watch, health], labels: [show, print]', 'watch, health], labels: [show, print, any]'],
];
const onRead = (more: string): readonly [string, string] => [READ, READ.replace(' }', `, ${more} }`)];
const onStock = (more: string): readonly [string, string] => ['    audience: stock\n    routes', `    audience: stock\n    ${more}\n    routes`];

type Case = readonly [claim: string, edits: readonly (readonly [string, string])[], code: string, marked: string];

it.each<Case>([
  ['a method of HTTP on an upstream of gRPC', [[READ, 'read: { match: POST /depot.v1.Stock/Get, scopes: [stock:read] }']], 'BLUEPRINT_GRPC', 'POST /depot.v1.Stock/Get'],
  ['a call to an upstream of HTTP', [[SHOW, 'show: { match: GRPC /depot.v1.Labels/Show, scopes: [labels:print] }']], 'BLUEPRINT_GRPC', 'GRPC /depot.v1.Labels/Show'],
  ['a route of HTTP that reads', [[SHOW, SHOW.replace(' }', ', reads: true }')]], 'BLUEPRINT_GRPC', 'reads'],
  ['a variable in the path', [[READ, 'read: { match: "GRPC /depot.v1.Stock/{id}", scopes: [stock:read] }']], 'BLUEPRINT_WRONG_VALUE', '"GRPC /depot.v1.Stock/{id}"'],
  ['a method beside it', [[READ, 'read: { match: "GRPC,POST /depot.v1.Stock/Get", scopes: [stock:read] }']], 'BLUEPRINT_WRONG_VALUE', '"GRPC,POST /depot.v1.Stock/Get"'],
  ['a path before that of the method', [['grpc://stock:50051}', 'grpc://stock:50051/v1}']], 'BLUEPRINT_GRPC', '"${STOCK_URL:-grpc://stock:50051/v1}"'],
  ['what is taken off the path', [onRead('stripPath: true')], 'BLUEPRINT_GRPC', 'stripPath'],
  ['HEAD', [onRead('head: false')], 'BLUEPRINT_GRPC', 'head'],
  ['a bound that Kong would hold by reading all of a stream', [onRead('maxBody: 8MB')], 'BLUEPRINT_GRPC', 'maxBody'],
  ['buffers', [onStock('responseBuffering: false')], 'BLUEPRINT_GRPC', 'responseBuffering'],
  ['a body of JSON to try it with', [onRead('sample: { body: { id: 1 } }')], 'BLUEPRINT_GRPC', 'body'],
  ['pages', [onStock('cors: { headers: [X-Depot] }')], 'BLUEPRINT_GRPC', 'cors'],
  ['a token in a cookie', [['token: { in: [header], leeway: 5 }', 'token: { in: [header, cookie], cookie: __Host-depot, leeway: 5 }']], 'BLUEPRINT_GRPC', 'in'],
  ['a service that verifies itself', [['pattern: sso', 'pattern: jwt']], 'BLUEPRINT_GRPC', 'jwt'],
])('a blueprint is told of %s', async (_claim, edits, code, marked) => {
  expect(await complaints(await example(...edits), { env })).toMatchObject([{ code, marked }]);
});

it('an HTTP API of AWS has none', async () => {
  const text = await example(['\nrealm:', '\n  aws: { region: eu-west-1, endpoint: "${AWS_ENDPOINT}" }\nrealm:'], onStock('gateways: [kong, aws]'), [', rateLimit: { minute: 30000 }', '']);
  expect((await complaints(text, { env })).filter(({ code }) => code === 'BLUEPRINT_GRPC')).toMatchObject([{ marked: 'gateways' }]);
});

it('metadata may be in a sample, and a service may have an authentication of its own in a blueprint of pages', async () => {
  expect(await complaints(await example(onRead('sample: { headers: { X-Depot: north } }')), { env })).toEqual([]);
  const cookies = ['token: { in: [header], leeway: 5 }', 'token: { in: [header, cookie], cookie: __Host-depot, leeway: 5 }'] as const;
  expect(await complaints(await example(cookies, onStock('authentication: { pattern: sso, client: terminal, token: { in: [header], leeway: 5 } }')), { env })).toEqual([]);
});

it('a route of HTTP that Kong would take calls for is told, and one that yields is not', async () => {
  // An expression, and it names its methods.
  const greedy = '"POST /{service}/{method}"';
  const told = await complaints(await example(...beside(greedy)), { env });
  expect(told.map(({ code, marked }) => `${code} ${marked}`).toSorted()).toEqual([
    'BLUEPRINT_GRPC GRPC /depot.v1.Counting/**', 'BLUEPRINT_GRPC GRPC /depot.v1.Stock/Get', 'BLUEPRINT_GRPC GRPC /depot.v1.Stock/Move', 'BLUEPRINT_GRPC GRPC /depot.v1.Stock/Watch', 'BLUEPRINT_GRPC GRPC /grpc.health.v1.Health/Check',
  ]);
  // A prefix, however many kinds of condition it has.
  expect(await complaints(await example(...beside('ANY /**')), { env })).toEqual([]);
  // One kind more makes up for the methods that the other names.
  const ofAHost = await complaints(await example(...beside('ANY /**'), [READ, 'read: { match: GRPC /**, hosts: ["grpc.*"], scopes: [stock:read], reads: true }']), { env });
  expect(ofAHost.map(({ code, marked }) => `${code} ${marked}`)).toContain('BLUEPRINT_GRPC GRPC /**');
  // Of a host of its own.
  expect(await complaints(await example(...beside(`${greedy}, hosts: [labels.example]`)), { env })).toEqual([]);
});

it('a route of HTTP whose requests Kong would take for calls is told, whatever its methods', async () => {
  const toldOf = async (match: string) => (await complaints(await example(...beside(match)), { env })).map(({ code, marked }) => `${code} ${marked}`);
  // A route of gRPC names no methods, and its prefix is an expression: a GET there is 415 (seen on a genuine Kong 3.9.3).
  expect(await toldOf('GET /depot.v1.Counting/**')).toEqual(['BLUEPRINT_GRPC GET /depot.v1.Counting/**']);
  expect(await toldOf('ANY /depot.v1.Counting/**')).toEqual(['BLUEPRINT_GRPC ANY /depot.v1.Counting/**']);
  // An expression that names its methods goes before, and a shorter prefix has requests of its own.
  for (const match of ['"GET /depot.v1.Counting/{id}"', 'GET /depot.v1.Stock/Get', 'GET /**', 'ANY /**', 'GET /depot.v1.Stock/**']) expect([match, await toldOf(match)]).toEqual([match, []]);
});

it('a route of HTTP whose requests Kong takes for calls by luck is told, whatever its methods', async () => {
  // As many conditions of two kinds: of six such pairs a genuine Kong 3.9.3 answered 415 in two.
  const even = [READ, 'read: { match: GRPC /depot.v1.Stock/Get, hosts: ["grpc.*"], headers: { X-Depot: [north] }, scopes: [stock:read], reads: true }'] as const;
  const toldOf = async (match: string) => (await complaints(await example(...beside(match), even), { env })).filter(({ code }) => code === 'BLUEPRINT_GRPC').map(({ code, marked }) => `${code} ${marked}`);
  for (const methods of ['GET', 'PUT']) expect(await toldOf(`${methods} /depot.v1.Stock/Get, headers: { X-Label: [round] }`)).toEqual([`BLUEPRINT_GRPC ${methods} /depot.v1.Stock/Get`]);
  expect(await toldOf('POST /depot.v1.Stock/Get, headers: { X-Label: [round] }')).toEqual(['BLUEPRINT_GRPC GRPC /depot.v1.Stock/Get']);
  // No request fits both, or one goes first.
  for (const match of ['GET /depot.v1.Stock/Get, headers: { X-Depot: [south] }', 'GET /depot.v1.Stock/Get, hosts: ["labels.*"], headers: { X-Label: [round] }', 'GET /depot.v1.Stock/Gets, headers: { X-Label: [round] }']) expect([match, await toldOf(match)]).toEqual([match, []]);
});

it('Kong is told neither methods nor a prefix to take off, and asks first what the model says', async () => {
  const blueprint = await load(await example(...beside('ANY /**')), { env });
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes);
  const objects = expand(blueprint).desired.filter(kong.route.is).filter(({ id }) => id.startsWith('depot.stock.'));
  expect(objects.map(({ spec }) => [spec.methods, spec.protocols, spec.strip_path])).toEqual(objects.map(() => [null, ['grpc', 'grpcs'], false]));
  expect(expand(blueprint).desired.filter(kong.service.is).map(({ id, spec }) => [id, spec.protocol, spec.host, spec.port, spec.path])).toEqual(expect.arrayContaining([['depot.stock', 'grpc', 'stock', 50_051, null]]));
  for (const route of routes.filter(isGrpc)) {
    const path = pathLike(route, routes, () => '42');
    expect([path, routeOf(routes, 'POST', path)?.id]).toEqual([path, route.id]);
  }
  expect(routeOf(routes, 'POST', '/depot.v1.Other/Get')?.id).toBe('any');
});
