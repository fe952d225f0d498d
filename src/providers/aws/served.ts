import { ExportApiCommand } from '@aws-sdk/client-apigatewayv2';
import { diffSpec } from '../../core/diff.ts';
import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Desired, Live, SpecValue } from '../../core/resource.ts';
import { seenOf } from '../../core/seen.ts';
import { apiOf } from './kinds/fields.ts';
import { aws } from './specs/index.ts';
import type { AwsClient } from './view.ts';

/** What of an API answers requests, as fingerprints by route key; what stands beside the routes (CORS, …) under `API`. */
export type Configuration = ReadonlyMap<string, string>;

const API = 'the API itself';
/** What an export says of where and as what the API is known: no part of a deployment, or another one for each stage. */
const BESIDE = new Set(['openapi', 'info', 'servers', 'tags']);

/**
 * What a stage really serves, or without one what a deployment would hold now: both by the same words of AWS, so that nothing of them needs to be known but
 * which route is which. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
 */
export const exported = async ({ send }: Pick<AwsClient, 'send'>, ApiId: string, StageName?: string): Promise<Configuration> => {
  const { body } = await send(new ExportApiCommand({ ApiId, Specification: 'OAS30', OutputType: 'JSON', IncludeExtensions: true, ...(StageName !== undefined && { StageName }) }));
  return configurationIn(documentIn(body));
};

const documentIn = (body: Uint8Array | undefined): JsonObject => {
  try {
    const read: unknown = JSON.parse(Buffer.from(body ?? []).toString('utf8'));
    if (isObject(read) && isObject(read['paths'])) return read;
  } catch {
    // Told below, as what is JSON and no definition.
  }
  throw new Problem('AWS_NOT_AWS', 'this does not answer as API Gateway does: what it exports is no OpenAPI definition', { hint: 'is targets.aws.endpoint right, and nothing between that answers instead?' });
};

/** Pure: the routes of a definition, each with everything that it refers to. */
export const configurationIn = (document: JsonObject): Configuration => {
  const components = objectOf(document['components']);
  const schemes = objectOf(components['securitySchemes']);
  const routes = Object.entries(objectOf(document['paths'])).flatMap(([path, item]) =>
    Object.entries(objectOf(item)).map(([method, operation]) => {
      const { security, 'x-amazon-apigateway-integration': integration, ...rest } = objectOf(operation);
      const guards = (Array.isArray(security) ? security : []).map((one) => Object.entries(objectOf(one)).map(([name, scopes]) => ({ scheme: schemes[name] ?? name, scopes: inOrder(scopes) })));
      return [routeKey(path, method), fingerprint({ ...rest, guards, integration: resolved(integration, document) })] as const;
    }),
  );
  const beside = Object.entries(document).filter(([name]) => name !== 'paths' && name !== 'components' && !BESIDE.has(name));
  return new Map([...routes, [API, fingerprint(Object.fromEntries(beside))]]);
};

const routeKey = (path: string, method: string): string => {
  const any = method === 'x-amazon-apigateway-any-method';
  return any && path === '/$default' ? '$default' : `${any ? 'ANY' : method.toUpperCase()} ${path}`;
};

/** An integration that several routes share stands once, and is referred to. */
const resolved = (integration: unknown, document: JsonObject): unknown => {
  const place = textOf(objectOf(integration)['$ref']);
  if (place?.startsWith('#/') !== true) return integration;
  return place.slice(2).split('/').reduce<unknown>((within, name) => objectOf(within)[name.replaceAll('~1', '/').replaceAll('~0', '~')], document) ?? place;
};

const inOrder = (scopes: unknown): unknown => (Array.isArray(scopes) ? scopes.map(String).toSorted() : scopes);
/** JSON as it was read is what a spec is made of. */
const fingerprint = (value: unknown): string => seenOf(JSON.parse(JSON.stringify(value)) as SpecValue);

/** Of which routes a stage serves something else than stands in the API now. */
export const differences = (served: Configuration, now: Configuration): readonly string[] =>
  [...new Set([...served.keys(), ...now.keys()])].filter((key) => served.get(key) !== now.get(key)).toSorted();

/** By the address of a stage: where what it serves is not what stands in its API. */
export type Differences = ReadonlyMap<Address, readonly string[]>;

/**
 * A stage whose description says that it serves what the blueprint asks for, and does not: a route is in the API as the blueprint has it, and another one
 * is served; or none is in the API, and one is served. Where the API itself is not as the blueprint says that is told of the route, and what is served may well be right.
 */
export const otherwiseServed = (desired: readonly Desired[], live: readonly Live[], found: Differences): readonly Live[] => {
  if (found.size === 0) return live;
  const held = new Map(live.map((object) => [addressOf(object), object] as const));
  const wanted = new Map(desired.map((object) => [addressOf(object), object] as const));
  const isAsStated = (address: Address): boolean => {
    const [asked, there] = [wanted.get(address), held.get(address)];
    return asked !== undefined && there !== undefined && diffSpec(asked.spec, there.spec).length === 0;
  };
  const isServedAnew = (stage: Live, key: string): boolean => {
    const api = apiOf(stage);
    if (key === API) return isAsStated(aws.api.address(api));
    const route = aws.route.address(api, key);
    const asked = wanted.get(route);
    if (asked === undefined || !aws.route.is(asked)) return !held.has(route);
    const { Authorizer, Integration } = asked.spec;
    return isAsStated(route) && (Authorizer == null || isAsStated(aws.authorizer.address(api, Authorizer))) && (Integration == null || isAsStated(aws.integration.address(api, Integration)));
  };
  return live.map((object): Live => {
    if (!aws.stage.is(object)) return object;
    const others = (found.get(addressOf(object)) ?? []).filter((key) => isServedAnew(object, key));
    if (others.length === 0) return object;
    const named = `${others.slice(0, 3).join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''}`;
    return { ...object, spec: { ...object.spec, Deployment: `${String(object.spec.Deployment)}, and serves otherwise: ${named}` } };
  });
};
