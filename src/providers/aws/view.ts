import {
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
} from '@aws-sdk/client-apigatewayv2';
import type { Api, ApiGatewayV2Client, Authorizer, Integration, Route, Stage } from '@aws-sdk/client-apigatewayv2';
import { isDeepStrictEqual } from 'node:util';
import { groupBy } from '../../core/collections.ts';
import { Problem } from '../../core/problem.ts';
import type { Address, Live, Spec } from '../../core/resource.ts';
import type { SpecType } from '../../core/spec.ts';
import { WAS } from './former-name.ts';
import { isMappingTag } from './mapping-marks.ts';
import type { Place } from './mapping-marks.ts';

/** One API with all that hangs on it. */
export interface ApiTree {
  readonly api: Api;
  /** The name in ids; `Name#ApiId` for a second API of the same name, which AWS allows. */
  readonly id: string;
  readonly owner: string | undefined;
  readonly authorizers: readonly Authorizer[];
  readonly integrations: readonly Integration[];
  readonly routes: readonly Route[];
  readonly stages: readonly Stage[];
}

/** What the kinds work with. */
export interface AwsClient {
  /** The blueprint name. */
  readonly name: string;
  /** Name or id of an API that is to be taken over. */
  readonly adopts?: string | undefined;
  readonly region: string;
  /** Where the blueprint has custom domains lead to the API. */
  readonly domains: readonly Place[];
  /** Stages are deployed by apply, where they do not deploy by themselves. */
  readonly deploys: boolean;
  /** Milliseconds between two looks at a deployment under way. */
  readonly pause: number;
  /** APIs that have lost a route in this run, which is served until they are deployed again. */
  readonly stale: Map<string, Promise<void>>;
  /** By the address of a stage that does not deploy by itself: the routes that it serves otherwise than they stand in the API. */
  readonly servedOtherwise: Map<Address, readonly string[]>;
  /** The route keys of each API, ours and others', as they were when the plan was made. */
  readonly known: Map<string, ReadonlySet<string>>;
  /** Sends one command; what AWS refuses is thrown as a problem that says what was being done. */
  readonly send: ApiGatewayV2Client['send'];
  /** The APIs that concern us, read once per round. A kind that asks a second time begins a new one. */
  readonly view: (kind: string) => Promise<readonly ApiTree[]>;
  /** Whose the other APIs of the region are, by their ids, as of the last view. */
  readonly owners: ReadonlyMap<string, string>;
  /** AWS' ids by address: from the last view, and of what was created since. */
  readonly ids: Map<Address, string>;
}

/** The APIs of a region: those that are ours or stand under our name with all their parts, and the others by name. */
export interface View {
  readonly trees: readonly ApiTree[];
  readonly others: readonly Api[];
}

export const PAGE = '100';
const MARK = 'authctl';
/** Beside the mark, on an API that was there before it was taken over, with everything in it. */
export const ADOPTED = 'authctl-adopted';
/** The keys of our own tags. */
export const isOurTag = (key: string): boolean => key === MARK || key === ADOPTED || key === WAS || isMappingTag(key);
export const markOf = (name: string): Record<string, string> => ({ [MARK]: name });
export const ownerOf = ({ Tags }: Pick<Api, 'Tags'>): string | undefined => Tags?.[MARK];
/** Tags as a spec has them: without our mark. */
export const tagsOf = (tags: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !isOurTag(key)));

/** Follows `NextToken` until there is none. An answer without a list is none of AWS': read as "nothing there" it would have things made twice. */
export const everyPage = async <Item>(
  page: (next: string | undefined) => Promise<{ Items?: Item[] | undefined; NextToken?: string | undefined }>,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const seen = new Set<string>();
  for (let next: string | undefined; ; ) {
    const answer = await page(next);
    if (!Array.isArray(answer.Items)) throw notAws('what it answers to a list has no items');
    items.push(...answer.Items);
    next = answer.NextToken;
    if (next === undefined || next === '') return items;
    if (seen.has(next)) throw notAws('it gives the same page of a list again and again');
    seen.add(next);
  }
};

const notAws = (what: string): Problem =>
  new Problem('AWS_NOT_AWS', `this does not answer as API Gateway does: ${what}`, { hint: 'is targets.aws.endpoint right, and nothing between that answers instead?' });

/**
 * Reads every API of the region, and the parts of those that are ours or stand under our name. Other people's APIs are only listed: what leads
 * to our upstreams among them is looked for where somebody asks (`reach`).
 */
export const readView = async ({ name, send, adopts }: Pick<AwsClient, 'adopts' | 'name' | 'send'>): Promise<View> => {
  const apis = await everyPage((NextToken) => send(new GetApisCommand({ MaxResults: PAGE, NextToken })));
  const taken = apis.some(({ Tags }) => Tags?.[MARK] === name) ? undefined : adoptee(apis, adopts);
  const concerns = (api: Api): boolean => api === taken || api.Name === name || api.Tags?.[MARK] === name;
  const concerned = apis
    .filter(concerns)
    .toSorted((a, b) => Number(b === taken) - Number(a === taken) || rank(b, name) - rank(a, name) || Number(b.Name === name) - Number(a.Name === name) || (a.CreatedDate?.getTime() ?? 0) - (b.CreatedDate?.getTime() ?? 0));
  const trees = await Promise.all(
    concerned.map(async (api, at) => {
      const [authorizers, integrations, routes, stages] = await Promise.all([
        authorizersOf(send, api),
        integrationsOf(send, api),
        routesOf(send, api),
        stagesOf(send, api),
      ]);
      const before = concerned.slice(0, at).map((one) => (one === taken ? { ...one, Name: name } : one));
      const id = api === taken ? name : idAmong(before, api, name);
      return { api, id, owner: ownerOf(api), authorizers, integrations, routes, stages };
    }),
  );
  return { trees, others: apis.filter((api) => !concerns(api)) };
};

/** The one API that `adopts` names, whoever's it is. Taken for another it would be changed, and overlooked there would be two: so there must be one. */
const adoptee = (apis: readonly Api[], adopts: string | undefined): Api | undefined => {
  if (adopts === undefined || adopts === '') return undefined;
  const byId = apis.filter(({ ApiId }) => ApiId === adopts);
  const [found, ...more] = byId.length > 0 ? byId : apis.filter(({ Name }) => Name === adopts);
  if (found !== undefined && more.length === 0) return found;
  throw new Problem('AWS_ADOPTS', `${found === undefined ? 'no HTTP API' : `${more.length + 1} HTTP APIs`} of this region ${found === undefined ? 'has' : 'have'} the name or id "${adopts}" that targets.aws.adopts says`, {
    expected: found === undefined ? 'the name or the id of one that is there' : `the id of one: ${[found, ...more].map(({ ApiId }) => ApiId).join(', ')}`,
    hint: 'mend it, or take it out where a new API is to be made',
  });
};

type Send = AwsClient['send'];
const partOf = ({ ApiId = '' }: Pick<Api, 'ApiId'>): { readonly ApiId: string; readonly MaxResults: string } => ({ ApiId, MaxResults: PAGE });
export const authorizersOf = (send: Send, api: Api): Promise<readonly Authorizer[]> =>
  everyPage((NextToken) => send(new GetAuthorizersCommand({ ...partOf(api), NextToken })));
export const integrationsOf = (send: Send, api: Pick<Api, 'ApiId'>): Promise<readonly Integration[]> =>
  everyPage((NextToken) => send(new GetIntegrationsCommand({ ...partOf(api), NextToken })));
export const routesOf = (send: Send, api: Pick<Api, 'ApiId'>): Promise<readonly Route[]> =>
  everyPage((NextToken) => send(new GetRoutesCommand({ ...partOf(api), NextToken })));
export const stagesOf = (send: Send, api: Pick<Api, 'ApiId'>): Promise<readonly Stage[]> =>
  everyPage((NextToken) => send(new GetStagesCommand({ ...partOf(api), NextToken })));

/**
 * The name, or `Name#ApiId` where one before it has that name. The first one with our mark is ours (`mark`) whatever it is called: a name that
 * somebody has changed is found, and put right.
 */
export const idAmong = (before: readonly Api[], { Name, ApiId, Tags }: Api, mark?: string): string => {
  if (mark !== undefined && before.length === 0 && Tags?.[MARK] === mark) return mark;
  const taken = before.some((other, at) => other.Name === Name || (at === 0 && mark !== undefined && other.Tags?.[MARK] === mark && mark === Name));
  return taken ? `${String(Name)}#${String(ApiId)}` : String(Name);
};
/**
 * An API that is there twice: ours by mark and by name, with nothing in it, beside one of ours that has something. Nobody else could know its id; it is of a
 * request that was sent again, as such an integration is.
 */
export const isDoubled = (tree: ApiTree, name: string, [first]: readonly ApiTree[]): boolean =>
  first !== undefined && first !== tree && [first, tree].every(({ owner, api }) => owner === name && api.Name === name) && isBare(tree) && !isBare(first);

export const isBare = ({ api, routes, integrations, authorizers, stages }: ApiTree): boolean => !isAdopted(api) && [routes, integrations, authorizers, stages].every(({ length }) => length === 0);

export const isAdopted = ({ Tags }: Pick<Api, 'Tags'>): boolean => Tags?.[ADOPTED] === 'true';

/** Ours before one that only has our name. */
const rank = ({ Tags }: Api, name: string): number => (Tags?.[MARK] === name ? 1 : 0);

/** A child of an API as a live object: it belongs to whom the API belongs to. A second one of a name gets its server id behind it. */
export const liveChildren = <S extends Spec, Item>(
  { kind, id: idIn }: Pick<SpecType<S, [api: string, name: string]>, 'kind' | 'id'>,
  tree: ApiTree,
  items: readonly Item[],
  describe: (item: Item) => { readonly name: string | undefined; readonly ref: string | undefined; readonly spec: S; readonly doubled?: boolean },
): readonly Live<S, ChildRef>[] => {
  const seen = new Set<string>();
  return items.map((item) => {
    const { name, ref = '', spec, doubled = false } = describe(item);
    const plain = idIn(tree.id, name ?? `#${ref}`);
    const id = seen.has(plain) ? `${plain}#${ref}` : plain;
    seen.add(id);
    return { kind, id, spec, owner: tree.owner, ...(isAdopted(tree.api) && { adopted: true }), ...(doubled && { doubled }), ref: { ApiId: tree.api.ApiId ?? '', id: ref } };
  });
};

export interface ChildRef {
  readonly ApiId: string;
  readonly id: string;
}

export const INTEGRATION_MARK = 'authctl ';
/** The key of an integration: its Description without our prefix; `undefined` for one made by somebody else. */
export const integrationKey = ({ Description }: Integration): string | undefined =>
  Description?.startsWith(INTEGRATION_MARK) ? Description.slice(INTEGRATION_MARK.length) : undefined;

type WithRoutes = Pick<ApiTree, 'integrations' | 'routes'>;

/** Those of an API that carry one of our marks, the one that is called by it first. */
const byMark = ({ integrations, routes }: WithRoutes): ReadonlyMap<string, readonly Integration[]> => {
  const marked = groupBy(integrations.filter((one) => integrationKey(one) !== undefined), (one) => integrationKey(one) ?? '');
  return new Map([...marked].map(([key, held]) => {
    const [first] = held;
    // Of two that are the same, the one that is in use.
    const counts = held.find((one) => isLed(one, routes) && isSame(one, first)) ?? first;
    return [key, [...(counts ? [counts] : []), ...held.filter((one) => one !== counts)]];
  }));
};

const isLed = ({ IntegrationId }: Integration, routes: readonly Route[]): boolean => routes.some(({ Target }) => Target === `integrations/${String(IntegrationId)}`);
const isSame = (one: Integration, other: Integration | undefined): boolean => other !== undefined && isDeepStrictEqual({ ...one, IntegrationId: '' }, { ...other, IntegrationId: '' });

/** The names of an API's integrations by their ids, by our mark. Of several that carry one, because somebody has copied it or it was made twice, one alone is called so. */
export const integrationNames = (tree: WithRoutes): ReadonlyMap<string, string> =>
  new Map([...byMark(tree)].flatMap(([key, held]) => held.map(({ IntegrationId = '' }, at) => [IntegrationId, at === 0 ? key : `${key}#${IntegrationId}`] as const)));

/**
 * Integrations that are there twice, by their ids: the same in all and by the same mark as the one that is called by it, and no route leads to them. They are of a
 * request whose answer did not come in time and that was sent again, and took effect when the run had looked for it already.
 */
export const doubledIntegrations = (tree: WithRoutes): ReadonlySet<string> =>
  new Set([...byMark(tree).values()].flatMap(([counts, ...others]) => others.flatMap((one) => (isSame(one, counts) && !isLed(one, tree.routes) ? [one.IntegrationId ?? ''] : []))));

/**
 * The names of an API's authorizers by their ids. AWS gives them no tags: one that somebody has renamed is known by the service whose routes it stands
 * before, where none has that service's name.
 */
export const authorizerNames = ({ authorizers, integrations, routes }: Pick<ApiTree, 'authorizers' | 'integrations' | 'routes'>): ReadonlyMap<string, string> => {
  const serviceOf = new Map(integrations.map((one): readonly [string, string | undefined] => [`integrations/${String(one.IntegrationId)}`, integrationKey(one)?.split('.')[0]]));
  const taken = new Set(authorizers.map(({ Name }) => String(Name)));
  return new Map(
    authorizers.map(({ AuthorizerId = '', Name = `#${AuthorizerId}` }) => {
      const before = new Set(routes.filter((route) => route.AuthorizerId === AuthorizerId).flatMap(({ Target = '' }) => serviceOf.get(Target) ?? []));
      const [service, ...others] = before;
      const renamed = service !== undefined && others.length === 0 && !taken.has(service);
      if (renamed) taken.add(service);
      return [AuthorizerId, renamed ? service : Name];
    }),
  );
};
