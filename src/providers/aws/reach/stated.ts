import { diffSpec, sameValue } from '../../../core/diff.ts';
import type { Danger, Desired, Live } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import { isObject } from '../../../core/json.ts';
import { seenOf } from '../../../core/seen.ts';
import { apiOf } from '../kinds/fields.ts';
import { aws } from '../specs/index.ts';
import type { IntegrationSpec } from '../specs/index.ts';
import type { Target } from './places.ts';
import type { Way } from './routes.ts';

interface Standing {
  readonly desired: readonly Desired[];
  readonly live: readonly Live[];
  /** Where an integration of our API leads, by its id. */
  readonly targets: ReadonlyMap<string, Target>;
  /** The routes of our API, with where they lead. */
  readonly ways: readonly Way[];
}

/**
 * What it does to people that a stated field is another one: the plan says that it differs, and this what is let through meanwhile. Told only
 * where somebody gets in or a token goes elsewhere.
 */
export const changedDangers = ({ desired, live, targets, ways }: Standing): readonly Danger[] => {
  const held = new Map(live.map((object) => [addressOf(object), object]));
  const waiting = waitingFor(desired, held);
  return desired.flatMap((object): readonly Danger[] => {
    const found = held.get(addressOf(object));
    if (found === undefined || diffSpec(object.spec, found.spec).length === 0) return [];
    const danger = (effect: Danger['effect'], field: string, what: string): Danger => ({
      kind: object.kind,
      id: object.id,
      effect,
      what: `${what}${aws.stage.is(object) ? '' : waiting}`,
      origin: object.origin,
      hint: 'apply puts it back',
      field,
      seen: seenOf(found.spec[field]),
    });
    if (aws.api.is(object) && aws.api.is(found))
      return found.spec.DisableExecuteApiEndpoint === true && object.spec.DisableExecuteApiEndpoint === false
        ? [danger('breaks', 'DisableExecuteApiEndpoint', 'nobody reaches the API by its own address')]
        : [];
    if (aws.route.is(object) && aws.route.is(found)) return [...routeDangers(object.spec, found.spec, { danger, same: authorizersAgree(object, found, { desired, live }) }), ...leadsElsewhere(object.spec, found.spec, { way: ways.find(({ route }) => route.RouteKey === object.spec.RouteKey), meant: meantBy(object, desired), danger })];
    if (aws.authorizer.is(object) && aws.authorizer.is(found)) return authorizerDangers(object.spec, found.spec, danger);
    if (aws.integration.is(object) && aws.integration.is(found)) {
      const target = isObject(found.ref) ? targets.get(String(found.ref.id)) : undefined;
      const moved = found.spec.IntegrationUri !== object.spec.IntegrationUri;
      if (moved && target?.leads === 'control') return [danger('opens', 'IntegrationUri', `who may pass here reaches ${target.what} (${target.url})`)];
      if (moved && target?.leads !== 'ours') return [danger('exposes', 'IntegrationUri', `requests and their tokens go to ${String(found.spec.IntegrationUri)}`)];
      if (moved) return [danger('opens', 'IntegrationUri', `who may pass here reaches ${String(found.spec.IntegrationUri)}`)];
      if (object.spec.CredentialsArn !== undefined && !sameValue(found.spec.CredentialsArn, object.spec.CredentialsArn)) return [danger('weakens', 'CredentialsArn', `the function is asked as ${found.spec.CredentialsArn ?? 'API Gateway itself'}`)];
      const [trusted, named] = [found.spec.TlsConfig?.ServerNameToVerify, object.spec.TlsConfig?.ServerNameToVerify];
      if (object.spec.TlsConfig !== undefined && !sameValue(trusted, named)) return [danger('weakens', 'TlsConfig', trusted == null ? 'the name in the certificate of what is asked is not looked at' : `the certificate of ${trusted} is taken`)];
      return found.spec.PayloadFormatVersion === object.spec.PayloadFormatVersion ? [] : [danger('breaks', 'PayloadFormatVersion', `the function is given an event of the form ${String(found.spec.PayloadFormatVersion)}, which it is not written for`)];
    }
    return [];
  });
};

/** Where every stage serves what apply has deployed, what somebody has changed since is served by none. */
const waitingFor = (desired: readonly Desired[], held: ReadonlyMap<string, Live>): string => {
  const stages = desired.filter(aws.stage.is);
  const frozen = stages.length > 0 && stages.every((stage) => stage.spec.Deployment != null && held.get(addressOf(stage))?.spec['Deployment'] === stage.spec.Deployment);
  return frozen ? ', as soon as somebody deploys it' : '';
};

type Say = (effect: Danger['effect'], field: string, what: string) => Danger;
type RouteSpec = Parameters<typeof aws.route.desired>[1]['spec'];
type AuthorizerSpec = Parameters<typeof aws.authorizer.desired>[1]['spec'];

/** Whether the authorizer that stands before a route asks for what the blueprint's own does, whatever it is called. */
const authorizersAgree = (wanted: Desired<RouteSpec>, held: Live<RouteSpec>, { desired, live }: Pick<Standing, 'desired' | 'live'>): boolean => {
  const addressIn = ({ spec, ...object }: Desired<RouteSpec> | Live<RouteSpec>): string => aws.authorizer.address(apiOf(object), String(spec.Authorizer));
  const meant = desired.find((one) => addressOf(one) === addressIn(wanted));
  const found = live.find((one) => addressOf(one) === addressIn(held));
  return meant !== undefined && found !== undefined && diffSpec(meant.spec, found.spec).every(({ path }) => path === 'Name');
};

interface OfRoute {
  readonly danger: Say;
  readonly same: boolean;
}

const routeDangers = (wanted: RouteSpec, held: RouteSpec, { danger, same }: OfRoute): readonly Danger[] => {
  if (wanted.AuthorizationType !== 'JWT') return [];
  const key = wanted.RouteKey;
  if (held.AuthorizationType === 'NONE') return [danger('opens', 'AuthorizationType', `${key} reaches its upstream without a token`)];
  if (held.AuthorizationType !== 'JWT') return [danger('opens', 'AuthorizationType', `${key} is open to whoever ${String(held.AuthorizationType)} lets in`)];
  const scopes = held.AuthorizationScopes ?? [];
  const more = scopes.filter((scope) => !wanted.AuthorizationScopes?.includes(scope));
  const found: Danger[] = [];
  if (held.Authorizer !== wanted.Authorizer && !same) found.push(danger('opens', 'Authorizer', `${key} takes the tokens of the authorizer ${String(held.Authorizer)}`));
  if (scopes.length === 0 && (wanted.AuthorizationScopes?.length ?? 0) > 0) found.push(danger('opens', 'AuthorizationScopes', `${key} asks for no scope: any token for the service passes, an ID token, too`));
  else if (wanted.AuthorizationScopes?.length === 0 && scopes.length > 0) found.push(danger('breaks', 'AuthorizationScopes', `${key} asks for ${scopes.join(' or ')}, where the blueprint asks for no scope`));
  else if (more.length > 0) found.push(danger('opens', 'AuthorizationScopes', `${key} lets in holders of ${more.join(', ')}`));
  return found;
};

/** The integration that the blueprint puts before a route. */
const meantBy = (route: Desired<RouteSpec>, desired: readonly Desired[]): IntegrationSpec | undefined =>
  desired.filter(aws.integration.is).find((one) => apiOf(one) === apiOf(route) && one.id === aws.integration.id(apiOf(route), String(route.spec.Integration)))?.spec;

/**
 * Whether a request of this route is asked of the same place in the same way: under whatever name, nobody gets anywhere else by it. `ANY` goes on as the
 * method that the route's own key names.
 */
const asksTheSame = (key: string, held: NonNullable<Way['integration']>, meant: IntegrationSpec): boolean => {
  const methodOf = (method: string | null | undefined): string => (method == null || method === 'ANY' ? (key.split(' ')[0] ?? '') : method).replace('HEAD', 'GET');
  const rest = ['RequestParameters', 'ConnectionId', 'CredentialsArn'] as const;
  return (
    held.IntegrationType === meant.IntegrationType &&
    held.IntegrationUri === meant.IntegrationUri &&
    methodOf(held.IntegrationMethod) === methodOf(meant.IntegrationMethod) &&
    rest.every((field) => sameValue(held[field] ?? null, meant[field] ?? null))
  );
};

interface Leading {
  readonly way: Way | undefined;
  readonly meant: IntegrationSpec | undefined;
  readonly danger: Say;
}

/** A route before another integration than the blueprint puts it before: of somebody else, or another one of ours. */
const leadsElsewhere = (wanted: RouteSpec, held: RouteSpec, { way, meant, danger }: Leading): readonly Danger[] => {
  if (held.Integration === wanted.Integration || way === undefined) return [];
  const { target, integration } = way;
  if (integration !== undefined && meant !== undefined && asksTheSame(wanted.RouteKey, integration, meant)) return [];
  const url = target?.url ?? integration?.IntegrationUri ?? 'nowhere';
  if (integration === undefined) return [danger('breaks', 'Integration', `${wanted.RouteKey} leads nowhere: every request there fails`)];
  if (target?.leads === 'control') return [danger('opens', 'Integration', `who may pass at ${wanted.RouteKey} reaches ${target.what} (${url})`)];
  if (target?.leads === 'ours') return [danger('opens', 'Integration', `who may pass at ${wanted.RouteKey} reaches ${target.upstream.service} as another route does (${integration.IntegrationMethod ?? 'any method'} ${url})`)];
  return [danger('exposes', 'Integration', `requests of ${wanted.RouteKey} and their tokens go to ${url}`)];
};

const authorizerDangers = (wanted: AuthorizerSpec, held: AuthorizerSpec, danger: Say): readonly Danger[] => {
  const found: Danger[] = [];
  const more = (held.JwtConfiguration?.Audience ?? []).filter((audience) => !wanted.JwtConfiguration?.Audience?.includes(audience));
  if (more.length > 0) found.push(danger('opens', 'JwtConfiguration', `tokens for ${more.join(', ')} pass where tokens for ${wanted.Name} are asked for`));
  if (held.JwtConfiguration?.Issuer !== wanted.JwtConfiguration?.Issuer) found.push(danger('opens', 'JwtConfiguration', `tokens of ${String(held.JwtConfiguration?.Issuer)} pass`));
  if (held.IdentitySource?.some((source) => source.startsWith('$request.querystring'))) found.push(danger('exposes', 'IdentitySource', 'tokens are read from the address of a request, which is written down on its way'));
  return found;
};
