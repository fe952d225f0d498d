import { GetApiMappingsCommand, GetDomainNamesCommand } from '@aws-sdk/client-apigatewayv2';
import type { Api, ApiMapping, DomainName, Integration } from '@aws-sdk/client-apigatewayv2';
import { problemsOf } from '../../../core/problem.ts';
import type { Unseen } from '../../../core/resource.ts';
import { PAGE, authorizersOf, everyPage, idAmong, integrationsOf, routesOf, stagesOf } from '../view.ts';
import type { ApiTree, AwsClient, View } from '../view.ts';

/** API Gateway lets an account ask ten things a second: more APIs than these are told, not looked at. */
const MOST_APIS = 200;
const MOST_DOMAINS = 100;
const AT_ONCE = 4;

export interface Mapped {
  readonly domain: DomainName;
  readonly mapping: ApiMapping;
}

export interface Surroundings {
  /** Other people's APIs that concern us, with all their parts. */
  readonly foreign: readonly ApiTree[];
  readonly mapped: readonly Mapped[];
  readonly unseen: readonly Unseen[];
}

interface Asking extends Pick<AwsClient, 'send'> {
  readonly view: View;
  /** Whether one of an API's integrations may lead to ours, by what is known without its stages. */
  readonly concerns: (integrations: readonly Integration[]) => Promise<boolean>;
  readonly wholeAccount: boolean;
}

/** What stands around our API in the account and region: one read per API, and four more for those that may concern us. */
export const readSurroundings = async ({ send, view, concerns, wholeAccount }: Asking): Promise<Surroundings> => {
  const unseen: Unseen[] = [];
  const missing = (what: string, why: string): void => void unseen.push({ target: 'aws', what, why });
  /** What one answer says; told and left out where AWS does not give it. */
  const attempt = async <Value>(what: string, asking: () => Promise<Value>): Promise<Value | undefined> => {
    try {
      return await asking();
    } catch (thrown) {
      const problem = problemsOf(thrown)?.[0];
      if (problem === undefined || problem.nature === 'unreachable') throw thrown;
      missing(what, problem.message);
      return undefined;
    }
  };
  const { others } = view;
  if (others.length > MOST_APIS) missing(`${others.length - MOST_APIS} of ${others.length} other APIs of the region`, `authctl looks at ${MOST_APIS} at the most`);
  const foreign = await inTurn(others.slice(0, MOST_APIS), async (api, at): Promise<ApiTree | undefined> => {
    const integrations = await attempt(`the integrations of the API ${named(api)}`, () => integrationsOf(send, api));
    if (integrations === undefined || !(await concerns(integrations))) return undefined;
    const [authorizers, routes, stages] = [
      await attempt(`the authorizers of the API ${named(api)}`, () => authorizersOf(send, api)),
      await attempt(`the routes of the API ${named(api)}`, () => routesOf(send, api)),
      await attempt(`the stages of the API ${named(api)}`, () => stagesOf(send, api)),
    ];
    const id = idAmong([...view.trees.map((tree) => tree.api), ...others.slice(0, at)], api);
    return { api, id, owner: undefined, integrations, authorizers: authorizers ?? [], routes: routes ?? [], stages: stages ?? [] };
  });
  const domains = (await attempt('the domain names of the region', () => everyPage((NextToken) => send(new GetDomainNamesCommand({ MaxResults: PAGE, NextToken }))))) ?? [];
  if (domains.length > MOST_DOMAINS) missing(`${domains.length - MOST_DOMAINS} of ${domains.length} domain names of the region`, `authctl looks at ${MOST_DOMAINS} at the most`);
  const mapped = await inTurn(domains.slice(0, MOST_DOMAINS), async (domain): Promise<readonly Mapped[]> => {
    const name = String(domain.DomainName);
    if (domain.RoutingMode !== undefined && domain.RoutingMode !== 'API_MAPPING_ONLY') missing(`the routing rules of the domain ${name}`, 'authctl reads API mappings alone');
    const asked = (NextToken: string | undefined) => send(new GetApiMappingsCommand({ DomainName: name, MaxResults: PAGE, NextToken }));
    return ((await attempt(`the API mappings of the domain ${name}`, () => everyPage(asked))) ?? []).map((mapping) => ({ domain, mapping }));
  });
  if (wholeAccount) missing('REST APIs, function URLs and load balancers of the account', 'they are not HTTP APIs: authctl has no right to them and does not ask for one');
  return { foreign: foreign.filter((tree) => tree !== undefined), mapped: mapped.flat(), unseen };
};

const named = ({ Name, ApiId }: Api): string => `${String(Name)} (${String(ApiId)})`;

/** A few at a time: the account's rate of requests is everybody's. */
const inTurn = async <Item, Result>(items: readonly Item[], work: (item: Item, at: number) => Promise<Result>): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map((item, at) => work(item, from + at)))));
  return results;
};
