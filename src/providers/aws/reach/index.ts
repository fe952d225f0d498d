import type { Integration } from '@aws-sdk/client-apigatewayv2';
import type { Position } from '../../../core/problem.ts';
import type { Reach } from '../../../core/provider.ts';
import type { Danger, Desired, Live, Unseen } from '../../../core/resource.ts';
import { functionOf } from '../../../blueprint/lambda.ts';
import { apiOf } from '../kinds/fields.ts';
import { placeText } from '../mapping-marks.ts';
import { aws } from '../specs/index.ts';
import type { ApiTree, AwsClient, View } from '../view.ts';
import type { LookUp } from '../../names.ts';
import type { Control } from '../../controls.ts';
import { overlaps } from './overlap.ts';
import { hasVariables, namesIn, targetOf, urlsOf } from './places.ts';
import type { Target, Upstream } from './places.ts';
import { readSurroundings } from './read.ts';
import { addedDanger, foreignDanger, guardOf, waysOf } from './routes.ts';
import type { Way } from './routes.ts';
import { domainDangers, stageDangers } from './stages.ts';
import { changedDangers } from './stated.ts';
import { wholeDangers } from './whole.ts';

interface Asking extends Pick<AwsClient, 'send'> {
  readonly desired: readonly Desired[];
  readonly live: readonly Live[];
  readonly view: View;
  /** Where the services of the blueprint are, those behind other gateways, too. */
  readonly upstreams: readonly Upstream[];
  readonly controls?: readonly Control[];
  readonly lookUp: LookUp;
  /** A genuine account: it holds more than a stand-in of one. */
  readonly wholeAccount: boolean;
}

/** Every way through API Gateway to what the blueprint protects, and what each object of ours says beside what the blueprint states. */
export const reachOf = async ({ send, desired, live, view, upstreams: stated, controls = [], lookUp, wholeAccount }: Asking): Promise<Reach> => {
  const upstreams = [...stated, ...upstreamsIn(desired)];
  const api = desired.find(aws.api.is);
  const origin: Position | undefined = api?.origin ?? desired[0]?.origin;
  if (origin === undefined) return { dangers: [], unseen: [] };
  const own = view.trees.find((tree) => tree.id === api?.id);
  const strange = view.trees.filter((tree) => tree !== own);

  const resolving = async (urls: readonly string[]) => {
    const known = await lookUp(namesIn([...[...upstreams, ...controls].map(({ url }) => url), ...urls]));
    return (name: string): readonly string[] | undefined => known.get(name);
  };
  const targets = async (trees: readonly Pick<ApiTree, 'integrations' | 'stages'>[]) => {
    const resolve = await resolving(trees.flatMap(({ integrations, stages }) => integrations.flatMap((one) => urlsOf(one, stages))));
    return (tree: Pick<ApiTree, 'stages'>) => (integration: Integration): Target => targetOf(integration, tree.stages, { upstreams, controls, resolve });
  };
  const concerns = async (integrations: readonly Integration[]): Promise<boolean> => {
    const leading = await targets([{ integrations, stages: [] }]);
    return integrations.some((one) => hasVariables(one) || leading({ stages: [] })(one).leads !== 'elsewhere');
  };
  const around = await readSurroundings({ send, view, wholeAccount, concerns });
  const foreign = [...strange, ...around.foreign];
  const leading = await targets([...view.trees, ...foreign]);

  const authorizers = desired.filter(aws.authorizer.is);
  // Of the audiences of an authorizer any one is enough for a token: each must be one of the upstream's.
  const trusted = ({ target }: Way, issuer: string, audiences: readonly string[]): boolean =>
    authorizers.some(({ spec: { Name, JwtConfiguration } }) => {
      const right = issuer === JwtConfiguration?.Issuer && audiences.length > 0 && audiences.every((audience) => JwtConfiguration.Audience?.includes(audience));
      return right && (target?.leads !== 'ours' || target.upstream.service === Name || areAmong(audiences, target.upstream.audiences));
    });

  const ways = foreign.flatMap((tree) => waysOf(tree, leading(tree)));
  const dangers: Danger[] = ways.flatMap((way) => foreignDanger(way, { origin: originOf(way, desired, origin), trusted }) ?? []);
  const unseen: Unseen[] = [...around.unseen, ...unseenWays(ways)];
  if (own !== undefined) {
    const here = waysOf(own, leading(own));
    const keys = desired.filter(aws.route.is).filter((route) => apiOf(route) === own.id).map(({ spec }) => spec.RouteKey);
    const added = here.filter(({ route }) => !keys.includes(String(route.RouteKey)));
    const extra = added.flatMap((way) => addedDanger(way, { origin: originOf(way, desired, origin), trusted, shadowed: keys.filter((key) => overlaps(key, String(way.route.RouteKey))) }) ?? []);
    const changed = changedDangers({ desired, live, targets: new Map(own.integrations.map((one) => [String(one.IntegrationId), leading(own)(one)])), ways: here });
    const stages = stageDangers({ tree: own, origin, stated: desired.filter(aws.stage.is).map(({ spec }) => spec.StageName), deployed: deployedBy(desired, live), open: [...extra, ...changed].some(({ effect }) => effect === 'opens') });
    dangers.push(...extra, ...changed, ...stages.dangers, ...domainDangers(around.mapped, { tree: own, origin, told: [...desired, ...live.filter(({ owner }) => owner !== undefined && owner === own.owner)].filter(aws.mapping.is).map(({ spec }) => placeText({ domain: spec.DomainName, path: spec.ApiMappingKey })) }), ...wholeDangers(desired, live));
    unseen.push(...stages.unseen, ...permissionsUnseen(desired, own.api.ApiId ?? ''));
  }
  if (own === undefined) unseen.push(...permissionsUnseen(desired, '<its id>'));
  return { dangers, unseen };
};

/** Of the stages that apply deploys, what is there. */
const deployedBy = (desired: readonly Desired[], live: readonly Live[]): ReadonlyMap<string, string> => {
  const deploys = new Set(desired.filter(aws.stage.is).flatMap(({ id, spec }) => (spec.Deployment == null ? [] : [id])));
  return new Map(live.filter(aws.stage.is).flatMap(({ id, spec: { StageName, Deployment } }): readonly (readonly [string, string])[] => (deploys.has(id) && Deployment != null ? [[StageName, Deployment]] : [])));
};

const areAmong = (audiences: readonly string[], known: readonly string[] | undefined): boolean => known === undefined || audiences.every((audience) => known.includes(audience));

/** The upstreams of the routes behind this gateway, by their service. */
const upstreamsIn = (desired: readonly Desired[]): readonly Upstream[] =>
  desired.filter(aws.integration.is).flatMap(({ spec: { IntegrationUri: url, Description } }) => (url == null ? [] : [{ service: Description.replace(/^authctl /, '').split('.')[0] ?? '', url }]));

const originOf = ({ target }: Way, desired: readonly Desired[], otherwise: Position): Position => {
  if (target?.leads !== 'ours') return otherwise;
  const { service } = target.upstream;
  // The authorizer stands at the service's line, an integration at a route's.
  const authorizer = desired.filter(aws.authorizer.is).find(({ spec }) => spec.Name === service);
  return authorizer?.origin ?? desired.filter(aws.integration.is).find(({ spec }) => spec.Description.startsWith(`authctl ${service}.`))?.origin ?? otherwise;
};

/** Who may ask a function is said by its own policy, which is Lambda's: authctl has no right to read it, and says what must stand in it. */
const permissionsUnseen = (desired: readonly Desired[], apiId: string): readonly Unseen[] => {
  const asked = desired.filter(aws.integration.is).flatMap(({ spec: { IntegrationUri, CredentialsArn } }) => (CredentialsArn == null ? (functionOf(IntegrationUri ?? '') ?? []) : []));
  return [...new Map(asked.map((one) => [one.arn, one])).values()].map(({ arn, partition, region, account }) => ({
    target: 'aws',
    what: `who may ask the function ${arn} beside this API, and whether it may`,
    why: `that stands in the function's policy, which Lambda keeps; where it is missing: aws lambda add-permission --function-name ${arn} --statement-id authctl --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn 'arn:${partition}:execute-api:${region}:${account}:${apiId}/*/*'`,
  }));
};

/** Requests that go through a VPC link end at a load balancer, whose targets nobody here can see. */
const unseenWays = (ways: readonly Way[]): readonly Unseen[] => {
  const linked = ways.filter(({ target }) => target?.leads === 'unknown');
  const open = linked.filter((way) => !guardOf(way, () => false).ours);
  const apis = [...new Set(open.map(({ tree }) => tree.id))];
  return apis.length === 0 ? [] : [{ target: 'aws', what: `where ${open.length} routes of ${apis.slice(0, 5).join(', ')} lead`, why: 'they go through a VPC link, behind which AWS does not show a service' }];
};

