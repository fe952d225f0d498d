import { suggestion } from '../nearest.ts';
import type { Route, Service } from '../types.ts';
import { SCOPES } from '../declaration/names.ts';
import { ownAudiences } from '../../access/callers.ts';
import { servicesDecide } from '../../access/decides.ts';
import { asSent, isPrefix, matchText } from '../../access/routing.ts';
import { checkCoverage } from './coverage.ts';
import { checkBaseUrl } from './addresses.ts';
import { mustExist, namesAt } from './context.ts';
import { isFunction } from '../lambda.ts';
import { isListener } from '../listener.ts';
import { checkLambda } from './lambda.ts';
import { checkPrivate } from './private.ts';
import type { Context } from './context.ts';
import { checkRouteConditions } from './conditions.ts';
import { checkGrpc } from './grpc.ts';
import { bothConditionsOverlap, overlapsOf } from './overlaps.ts';
import { pathOf } from './route-place.ts';
import { checkRouteSample, checkServiceSample, variablesOf } from './samples.ts';

export const checkServices = (context: Context): void => {
  const services = Object.values(context.blueprint.services);
  for (const service of services) {
    if (!isFunction(service.upstream) && !isListener(service.upstream)) checkBaseUrl(context, ['services', service.id, 'upstream'], service.upstream, /^(https?|grpcs?):$/);
    checkLambda(context, service);
    checkPrivate(context, service);
    if (service.status !== undefined) checkBaseUrl(context, ['services', service.id, 'status'], service.status);
    if (service.recorder !== undefined) checkBaseUrl(context, ['services', service.id, 'recorder'], service.recorder);
    checkAudience(context, service);
    checkObjects(context, service);
    checkServiceSample(context, service);
    for (const route of service.routes) checkRoute(context, service, route);
  }
  const routes = services.flatMap((service) => service.routes);
  checkOverlaps(context, routes);
  checkCoverage(context, routes);
  checkRouteConditions(context);
  checkGrpc(context);
};

/** An audience that is demanded must be one that some scope puts into a token, or no request can ever pass. */
const checkAudience = ({ blueprint, findings }: Context, service: Service): void => {
  // What another issuer emits is not for this file to know.
  if (service.authentication.issuer !== undefined) return;
  const emitted = [...Object.values(blueprint.realm.scopes).map(({ audience }) => audience), ...Object.keys(blueprint.realm.clients).flatMap((client) => ownAudiences(blueprint, client))];
  if (service.routes.every((route) => route.public) || service.audiences.some((one) => emitted.includes(one)) || !findings.sound(['realm', 'scopes'])) return;
  findings.add(
    'BLUEPRINT_AUDIENCE_NOT_EMITTED',
    ['services', service.id, 'audience'],
    `no scope emits the audience "${service.audience}"`,
    {
      expected: emitted.length > 0 ? `one of ${[...new Set(emitted)].join(', ')}` : 'a scope in realm.scopes with this audience',
      hint: 'every request to this service would be refused',
    },
  );
};

const checkObjects = ({ blueprint, findings }: Context, service: Service): void => {
  if (!findings.sound(['personas'])) return;
  for (const [id, owner] of Object.entries(service.objects))
    if (!Object.hasOwn(blueprint.personas, owner))
      findings.add('BLUEPRINT_UNKNOWN_PERSONA', ['services', service.id, 'objects', id], `nobody is called "${owner}"`, {
        expected: 'the persona whose object it is',
        hint: suggestion(owner, Object.keys(blueprint.personas)),
      });
};

/** Whose an object is only the service knows: in every other pattern nobody would enforce it. */
const checkOwner = (context: Context, service: Service, route: Route): void => {
  const { blueprint, findings } = context;
  const path = pathOf(route, 'ownedBy');
  if (route.ownedBy === undefined) {
    if (route.anyOwner.length > 0)
      findings.add('BLUEPRINT_OWNER', pathOf(route, 'anyOwner'), 'this is not used: the route says of no object that it is owned', {
        hint: 'state ownedBy, or remove it',
      });
    return;
  }
  const variables = variablesOf(route);
  if (!variables.includes(route.ownedBy))
    findings.add('BLUEPRINT_OWNER', path, `the path ${route.path} has no variable "${route.ownedBy}"`, {
      expected: variables.length > 0 ? `one of ${variables.join(', ')}` : 'a path with a variable, such as /orders/{id}',
    });
  if (route.public)
    findings.add('BLUEPRINT_PUBLIC_ROUTE', path, 'a public route asks nobody who they are, so its objects cannot be owned', {
      hint: 'remove ownedBy, or remove "public: true"',
    });
  if (!servicesDecide(blueprint))
    findings.add('BLUEPRINT_OWNER', path, 'only the service knows whose object it is, and in this blueprint it decides nothing', {
      expected: 'authorization.pattern hybrid or decentralised',
    });
  if (Object.keys(service.objects).length === 0 && findings.sound(['services', service.id, 'objects']))
    findings.add('BLUEPRINT_OWNER', path, `no object of "${service.id}" is known, so nothing could be proved about it`, {
      hint: `state some that exist and their owners: services.${service.id}.objects`,
    });
};

const checkScopes = (context: Context, service: Service, route: Route): void => {
  const { blueprint, findings } = context;
  route.scopes.forEach((name, index) => {
    // Not by the declaration: another issuer's scopes are not for this file to know.
    mustExist(context, pathOf(route, 'scopes', String(index)), name, namesAt(context, SCOPES));
    const scope = Object.hasOwn(blueprint.realm.scopes, name) ? blueprint.realm.scopes[name] : undefined;
    if (!scope || scope.audience === '' || scope.audience === service.audience) return;
    findings.add(
      'BLUEPRINT_SCOPE_AUDIENCE',
      pathOf(route, 'scopes', String(index)),
      `the scope "${name}" is for the audience "${scope.audience}", but "${service.id}" accepts "${service.audience}"`,
      { hint: "a token with this scope alone would be refused; use a scope of this service's audience" },
    );
  });
};

const checkRoute = (context: Context, service: Service, route: Route): void => {
  const { findings } = context;
  if (route.public)
    for (const field of ['scopes', 'roles'] as const)
      if (route[field].length > 0)
        findings.add('BLUEPRINT_PUBLIC_ROUTE', pathOf(route, field), `a public route asks for no token, so it cannot demand ${field}`, {
          hint: `remove ${field}, or remove "public: true"`,
        });
  if (route.anyToken === true && (route.public || route.scopes.length > 0))
    findings.add('BLUEPRINT_ANY_TOKEN', pathOf(route, 'anyToken'), route.public ? 'a public route asks for no token' : 'a route that demands a scope is not content with any token', {
      hint: route.public ? 'remove it' : 'remove scopes, or remove "anyToken: true"',
    });
  checkOwner(context, service, route);
  checkRouteSample(context, service, route);
  if (service.authentication.issuer === undefined) checkScopes(context, service, route);
  route.gateways.forEach((gateway, index) => {
    if (!service.gateways.includes(gateway))
      findings.add('BLUEPRINT_ROUTE_GATEWAY', pathOf(route, 'gateways', String(index)), `"${service.id}" is not offered on ${gateway}`, {
        expected: `one of ${service.gateways.join(', ')}`,
      });
  });
  const variables = route.path.match(/\{[^}]*\}/g) ?? [];
  if (new Set(variables).size < variables.length)
    findings.add('BLUEPRINT_ROUTE_PATH', pathOf(route, 'match'), 'the path uses a variable twice', {
      hint: 'give each variable its own name',
    });
  checkPath(context, route);
};

const checkPath = ({ findings }: Context, route: Route): void => {
  const at = pathOf(route, 'match');
  if (/(^|\/)\.{1,2}(\/|$)/.test(route.path))
    findings.add('BLUEPRINT_ROUTE_PATH', at, 'the path has a dot segment, which clients and gateways remove');
  if (/[\p{C}\p{Z}]/u.test(route.path)) findings.add('BLUEPRINT_ROUTE_PATH', at, 'the path has a character in it that nobody sees');
  else if (route.path.normalize('NFC') !== route.path)
    findings.add('BLUEPRINT_ROUTE_PATH', at, 'the path is not in its composed form (Unicode NFC), in which clients send it', { expected: `${matchText(route).normalize('NFC')}, typed anew` });
  if (isPrefix(route.path) && asSent(route.path) !== route.path)
    findings.add('BLUEPRINT_ROUTE_PATH', at, 'Kong takes no prefix with a character that clients encode', { hint: 'state the paths below it one by one' });
  const named = route.verbs.split(',');
  if (new Set(named).size < named.length) findings.add('BLUEPRINT_ROUTE_PATH', at, 'a method is named twice');
  if (route.methods.length === 0)
    findings.add('BLUEPRINT_ROUTE_OVERLAP', at, `other routes take every method of ${route.path}: nothing is left for ANY`, { hint: 'remove it' });
};

const checkOverlaps = ({ findings }: Context, routes: readonly Route[]): void => {
  for (const { route, rival } of overlapsOf(routes))
    findings.add(
      'BLUEPRINT_ROUTE_OVERLAP',
      pathOf(route, 'match'),
      `${matchText(route)} and ${rival.service}.${rival.id} (${matchText(rival)}) match the same requests`,
      { hint: `also at line ${rival.at.line}: make one of them more literal, or remove it` },
    );
  for (const { route, rival } of bothConditionsOverlap(routes))
    findings.add(
      'BLUEPRINT_ROUTE_OVERLAP',
      pathOf(route, 'match'),
      `${matchText(route)} and ${rival.service}.${rival.id} (${matchText(rival)}) have hosts and headers both, and which of two such routes Kong asks first is a matter of luck, whatever their paths`,
      { hint: `also at line ${rival.at.line}: state hosts or headers of one of them alone, or values that no request shows together` },
    );
};
