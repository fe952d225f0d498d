import type { Integration, Route } from '@aws-sdk/client-apigatewayv2';
import type { Danger, Effect, Gain } from '../../../core/resource.ts';
import type { Position } from '../../../core/problem.ts';
import { seenOf } from '../../../core/seen.ts';
import { isMappingTag } from '../mapping-marks.ts';
import { aws } from '../specs/index.ts';
import type { ApiTree } from '../view.ts';
import type { Target } from './places.ts';

/** One live route, and where it leads. */
export interface Way {
  readonly tree: ApiTree;
  readonly route: Route;
  readonly integration: Integration | undefined;
  readonly target: Target | undefined;
}

export const waysOf = (tree: ApiTree, targetOf: (integration: Integration) => Target): readonly Way[] =>
  tree.routes.map((route) => {
    const id = route.Target?.replace(/^integrations\//, '');
    const integration = tree.integrations.find(({ IntegrationId }) => IntegrationId !== undefined && IntegrationId === id);
    return { tree, route, integration, target: integration && targetOf(integration) };
  });

/** The addresses at which a stage's requests come in: `https://abc.execute-api.eu-west-1.amazonaws.com/dev`. */
export const basesOf = ({ api, stages }: ApiTree): readonly string[] =>
  stages.map(({ StageName }) => `${String(api.ApiEndpoint)}${StageName === '$default' ? '' : `/${String(StageName)}`}`);

export const requestOf = ({ RouteKey = '' }: Route, base: string): string => {
  const [method = '', path] = RouteKey.split(' ');
  return path === undefined ? `any request to ${base} that no other route takes` : `${method === 'ANY' ? 'any method on' : method} ${base}${path}`;
};

/** What is asked of whoever takes it: `undefined` where a guard of the blueprint stands in the way, with a scope. */
interface Guard {
  readonly words: string;
  readonly ours: boolean;
}

/** `trusted` says whether an authorizer's tokens are those that the blueprint takes for this upstream. */
export const guardOf = ({ tree, route }: Way, trusted: (issuer: string, audiences: readonly string[]) => boolean): Guard => {
  const { AuthorizationType: type = 'NONE', AuthorizerId, AuthorizationScopes: scopes = [] } = route;
  if (type === 'NONE') return { words: 'without a token', ours: false };
  const authorizer = tree.authorizers.find((one) => one.AuthorizerId === AuthorizerId);
  if (type !== 'JWT') return { words: `for whoever ${type === 'AWS_IAM' ? 'IAM' : `the authorizer ${String(authorizer?.Name)}`} lets in`, ours: false };
  const { Issuer = '', Audience = [] } = authorizer?.JwtConfiguration ?? {};
  const known = trusted(Issuer, Audience);
  if (!known) return { words: `with tokens of ${Issuer} for ${Audience.join(', ')}`, ours: false };
  return scopes.length === 0 ? { words: 'with any token for the service, whatever its scope', ours: false } : { words: `with a token that has ${scopes.join(' or ')}`, ours: true };
};

interface Telling {
  readonly origin: Position;
  readonly trusted: (way: Way, issuer: string, audiences: readonly string[]) => boolean;
}

const placeOf = (target: Target): string =>
  target.leads === 'ours' ? `${target.upstream.service} (${target.url})` : target.leads === 'control' ? `${target.what} (${target.url})` : `wherever its caller says (${target.url})`;

/** Behind a guard of ours stand those who may pass there, and not what manages the gateway. */
const effectOf = (target: Target | undefined, { ours }: Guard): Effect => (target?.leads === 'control' ? (ours ? 'weakens' : target.effect) : ours ? 'weakens' : 'opens');

/** A way of somebody else's API to an upstream of the blueprint, or to what manages or decides. */
export const foreignDanger = (way: Way, { origin, trusted }: Telling): Danger | undefined => {
  const { tree, route, target } = way;
  if (target === undefined || target.leads === 'elsewhere' || target.leads === 'unknown') return undefined;
  const bases = basesOf(tree);
  const guard = guardOf(way, (issuer, audiences) => trusted(way, issuer, audiences));
  const place = placeOf(target);
  const request = bases.map((base) => requestOf(route, base)).join(', ');
  return {
    kind: aws.route.kind,
    id: aws.route.id(tree.id, String(route.RouteKey)),
    effect: bases.length === 0 ? 'differs' : effectOf(target, guard),
    what: bases.length === 0 ? `${String(route.RouteKey)} of another API would reach ${place} ${guard.words} once a stage serves it` : `${request} reaches ${place} ${guard.words}`,
    origin,
    hint: 'delete the route, or accept it',
    seen: seenOfWay(way),
    tags: tagsIn(tree),
    ...gainsBy(way, guard),
  };
};

/** A route that somebody added to our own API. */
export const addedDanger = (way: Way, { origin, trusted, shadowed }: Telling & { readonly shadowed: readonly string[] }): Danger | undefined => {
  const { tree, route, target } = way;
  const guard = guardOf(way, (issuer, audiences) => trusted(way, issuer, audiences));
  const { AuthorizationType: type = 'NONE', AuthorizerId } = route;
  const authorizer = tree.authorizers.find((one) => one.AuthorizerId === AuthorizerId)?.Name;
  const who = type === 'NONE' ? 'is open to everybody' : guard.ours ? undefined : `is behind ${type} ${String(authorizer ?? `#${String(AuthorizerId)}`)}, which the blueprint does not know`;
  const known = type === 'JWT' && guard.words.startsWith('with any token');
  const first = known ? `is open ${guard.words}` : (who ?? `is open ${guard.words}`);
  const leads = target === undefined ? '' : target.leads === 'ours' || target.leads === 'control' ? `: it reaches ${placeOf(target)}` : `: its requests go to ${target.url}`;
  const over = shadowed.length > 0 ? `; it takes requests of ${shadowed.join(', ')}` : '';
  const elsewhere = target?.leads === 'elsewhere' || target?.leads === 'unknown';
  return {
    kind: aws.route.kind,
    id: aws.route.id(tree.id, String(route.RouteKey)),
    effect: elsewhere ? 'exposes' : effectOf(target, guard),
    what: `${first}, and the blueprint does not name it${leads}${over}`,
    origin,
    hint: 'delete it (apply --prune), or take it into the blueprint',
    seen: seenOfWay(way),
    tags: tagsIn(tree),
    ...gainsBy(way, guard),
  };
};

/** Of anybody, where nothing is asked; who has a token of another issuer, or for which audience of ours, cannot be told. */
const gainsBy = (way: Way, guard: Guard): { readonly gains?: readonly Gain[] } => {
  const { tree, route, target } = way;
  const { AuthorizationType: type = 'NONE' } = route;
  if (type !== 'NONE' || guard.ours || target?.leads !== 'ours') return {};
  return { gains: basesOf(tree).map((base) => ({ request: requestOf(route, base), gateway: 'aws', reaches: target.upstream.service, who: 'anybody' })) };
};

export const tagsIn = ({ api }: ApiTree): readonly string[] => Object.entries(api.Tags ?? {}).filter(([key]) => !isMappingTag(key)).map(([key, value]) => (value === '' ? key : `${key}=${value}`));

const seenOfWay = ({ tree, route, integration, target }: Way): string => {
  const authorizer = tree.authorizers.find((one) => one.AuthorizerId === route.AuthorizerId);
  return seenOf({
    key: route.RouteKey ?? null,
    type: route.AuthorizationType ?? 'NONE',
    scopes: route.AuthorizationScopes ?? [],
    issuer: authorizer?.JwtConfiguration?.Issuer ?? null,
    audience: authorizer?.JwtConfiguration?.Audience ?? [],
    source: authorizer?.IdentitySource ?? [],
    uri: integration?.IntegrationUri ?? null,
    url: target?.url ?? null,
    method: integration?.IntegrationMethod ?? null,
    parameters: integration?.RequestParameters ?? null,
    stages: tree.stages.map(({ StageName }) => String(StageName)),
  });
};
