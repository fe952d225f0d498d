import { aboutLike, isGrpc, matchText, pathLike, routeOf } from '../../access/routing.ts';
import { serviceVerifies } from '../../access/decides.ts';
import { speaksGrpc } from '../grpc.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Route, Service } from '../types.ts';
import type { Context } from './context.ts';
import { evenWithCalls } from './overlaps.ts';
import { pathOf } from './route-place.ts';

const CODE = 'BLUEPRINT_GRPC';

/** What gRPC has not, and what nobody on its way could hold: said here, before Kong refuses it or a guard runs into it. */
export const checkGrpc = (context: Context): void => {
  for (const service of Object.values(context.blueprint.services)) {
    const grpc = speaksGrpc(service.upstream);
    for (const route of service.routes) {
      if (isGrpc(route) !== grpc)
        context.findings.add(CODE, pathOf(route, 'match'), grpc ? `"${service.id}" is asked by gRPC alone (${service.upstream.split(':')[0]}://)` : `Kong cannot ask "${service.id}" by gRPC: its upstream is http`, {
          expected: grpc ? 'GRPC and a method, such as GRPC /shop.v1.Orders/List' : 'an upstream such as grpc://orders:50051',
          hint: 'what a server has of both is two services here',
        });
      if (route.reads !== undefined && !isGrpc(route))
        context.findings.add(CODE, pathOf(route, 'reads'), 'the method of HTTP says whether it reads', { side: 'key', hint: 'remove it' });
    }
    if (!grpc) continue;
    checkService(context, service);
    for (const route of service.routes) checkFields(context, ['services', service.id, 'routes', route.id], service, route);
  }
  checkOrder(context);
};

const checkService = (context: Context, service: Service): void => {
  const { blueprint, findings } = context;
  const at = (field: string): Path => ['services', service.id, field];
  const url = URL.canParse(service.upstream) ? new URL(service.upstream) : undefined;
  if (url !== undefined && url.pathname !== '' && url.pathname !== '/')
    findings.add(CODE, at('upstream'), 'a server of gRPC is asked by the path of the method, and Kong takes no other before it', { expected: `${url.protocol}//${url.host}` });
  if (service.gateways.includes('aws'))
    findings.add(CODE, at('gateways'), 'an HTTP API of API Gateway knows no gRPC', { hint: 'offer the service at Kong alone: gateways: [kong]' });
  const { path, pattern, session, token } = service.authentication;
  const place = path.split('.');
  const ofItsOwn = 'state an authentication of its own for this service, such as { pattern: sso, token: { in: [header] } }';
  if (session !== undefined || token.cookie !== undefined || token.storage !== undefined)
    findings.add(CODE, nodeAt(context.root, [...place, 'token', 'in']) ? [...place, 'token', 'in'] : [...place, 'pattern'], `nobody signs in by gRPC, and its clients keep no cookies: "${service.id}" takes a token in Authorization`, { hint: ofItsOwn });
  else if (pattern !== 'aws' && service.routes.some((route) => !route.public) && serviceVerifies(blueprint, service))
    findings.add(CODE, pattern === 'jwt' ? [...place, 'pattern'] : ['authorization', 'pattern'], `"${service.id}" would verify tokens itself, and what authctl has for services speaks HTTP`, {
      hint: pattern === 'jwt' ? ofItsOwn : 'let the gateway decide: authorization.pattern none or centralised',
    });
  for (const field of ['objects', 'status'] as const)
    if (nodeAt(context.root, at(field))) findings.add(CODE, at(field), 'this is not used: a service of gRPC verifies and decides nothing itself here', { side: 'key', hint: 'remove it' });
  if (service.cors !== undefined) findings.add(CODE, at('cors'), 'pages do not speak gRPC', { side: 'key', hint: 'remove it' });
  checkFields(context, ['services', service.id], service, service);
};

/** What a route, or a service for its routes, says of a request that a call of gRPC is not. */
const checkFields = ({ findings, root }: Context, at: Path, { id }: Service, stated: Partial<Pick<Route, 'stripPath' | 'sample' | 'head'>> & Pick<Route, 'maxBody'>): void => {
  const wrong = (field: string, what: string, ...below: string[]): void => {
    if (nodeAt(root, [...at, field, ...below])) findings.add(CODE, [...at, field, ...below], what, { side: 'key', hint: 'remove it' });
  };
  if (stated.stripPath === true) wrong('stripPath', `the path is the method that "${id}" is asked for: Kong takes nothing off it`);
  if (stated.head !== undefined) wrong('head', 'a call of gRPC is a POST');
  if (stated.maxBody !== undefined) wrong('maxBody', 'Kong reads a body before it counts it, and one of gRPC need never end and says no length');
  for (const field of ['requestBuffering', 'responseBuffering']) wrong(field, 'Kong keeps nothing of gRPC back');
  for (const field of ['query', 'path', 'body']) wrong('sample', `a call of gRPC has no ${field === 'path' ? 'variables' : field} that verify could fill: it sends an empty message`, field);
};

/**
 * The routes that one Kong has of gRPC and of HTTP are one list, in which a route that names methods may go before one that can not, although that one is more
 * literal: whose requests are another's is told, by the model that the matrix and verify go by.
 */
const checkOrder = ({ blueprint, findings }: Context): void => {
  const routes = Object.values(blueprint.services).flatMap((service) => service.routes.filter(({ gateways }) => gateways.includes('kong')));
  if (!routes.some(isGrpc)) return;
  const told = (route: Route, rival: Route, what: string): void =>
    findings.add(CODE, pathOf(route, 'match'), what, { hint: `also at line ${rival.at.line}: give one of them a host of its own, or a path that the other leaves out` });
  const even = evenWithCalls(routes);
  for (const { route, rival } of even)
    told(route, rival, `whether Kong takes ${isGrpc(route) ? 'calls' : 'requests'} of ${matchText(route)} for ${rival.service}.${rival.id} (${matchText(rival)}) is a matter of luck: it knows no gRPC where it looks for a route`);
  const posts = routes.filter(({ methods }) => methods.includes('POST'));
  for (const route of posts) {
    const others = posts.filter((other) => other !== route);
    const rival = routeOf(posts, 'POST', pathLike(route, others, () => 'x'), aboutLike(route, others));
    if (!rival || rival === route || isGrpc(rival) === isGrpc(route) || even.some((one) => one.route === route || one.route === rival)) continue;
    told(route, rival, `Kong would take ${isGrpc(route) ? 'calls' : 'requests'} of ${matchText(route)} for ${rival.service}.${rival.id} (${matchText(rival)}): it knows no gRPC where it looks for a route`);
  }
  // A route of gRPC names no methods, so that it may go before one of any.
  const calls = routes.filter(isGrpc);
  for (const route of routes.filter((one) => !one.methods.includes('POST') && !even.some((told) => told.route === one))) {
    const asked: Route = { ...route, methods: ['POST'] };
    const rival = routeOf([...calls, asked], 'POST', pathLike(route, calls, () => 'x'), aboutLike(route, calls));
    if (rival !== undefined && rival !== asked) told(route, rival, `Kong would take requests of ${matchText(route)} for ${rival.service}.${rival.id} (${matchText(rival)}): it knows no gRPC where it looks for a route`);
  }
};
