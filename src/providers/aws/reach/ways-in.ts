import type { Way as LiveWay } from '../../../core/provider.ts';
import type { Desired } from '../../../core/resource.ts';
import { aws } from '../specs/index.ts';
import type { ApiTree, AwsClient, View } from '../view.ts';
import type { LookUp } from '../../names.ts';
import { hasVariables, namesIn, targetOf, urlsOf } from './places.ts';
import type { Target, Upstream } from './places.ts';
import { readSurroundings } from './read.ts';
import { waysOf } from './routes.ts';
import type { Way } from './routes.ts';

interface Asking extends Pick<AwsClient, 'name' | 'send'> {
  readonly desired: readonly Desired[];
  readonly view: View;
  readonly upstreams: readonly Upstream[];
  readonly lookUp: LookUp;
}

/** Every live route of our API, and every one of another API that leads to an upstream of ours, at every stage: as requests that can be tried. */
export const waysIn = async ({ name, send, desired, view, upstreams, lookUp }: Asking): Promise<readonly LiveWay[]> => {
  const resolve = async (trees: readonly Pick<ApiTree, 'integrations' | 'stages'>[]) => {
    const known = await lookUp(namesIn([...upstreams.map(({ url }) => url), ...trees.flatMap(({ integrations, stages }) => integrations.flatMap((one) => urlsOf(one, stages)))]));
    return (tree: Pick<ApiTree, 'stages'>) => (one: ApiTree['integrations'][number]): Target => targetOf(one, tree.stages, { upstreams, resolve: (host) => known.get(host) });
  };
  const concerns = async (integrations: ApiTree['integrations']): Promise<boolean> => {
    const leading = (await resolve([{ integrations, stages: [] }]))({ stages: [] });
    return integrations.some((one) => hasVariables(one) || leading(one).leads === 'ours' || leading(one).leads === 'anywhere');
  };
  const around = await readSurroundings({ send, view, wholeAccount: false, concerns });
  const trees = [...view.trees, ...around.foreign];
  const leading = await resolve(trees);
  const own = view.trees.find(({ owner }) => owner === name);
  const stated = new Set(desired.filter(aws.route.is).map(({ id }) => id));
  const first = desired.find(aws.stage.is)?.spec.StageName ?? '$default';
  return trees.flatMap((tree) => waysOf(tree, leading(tree)).flatMap((way) => atEveryStage(way, { own: tree === own, stated, first: tree === own ? first : '$default' })));
};

const atEveryStage = ({ tree, route, target }: Way, { own, stated, first }: { readonly own: boolean; readonly stated: ReadonlySet<string>; readonly first: string }): readonly LiveWay[] => {
  if (!own && target?.leads !== 'ours' && target?.leads !== 'anywhere') return [];
  const key = String(route.RouteKey);
  const [method = '', path] = key.split(' ');
  return tree.stages.map(({ StageName = '' }) => ({
    address: aws.route.address(tree.id, key),
    name: `${tree.id} ${StageName} ${key}`,
    stated: own && stated.has(aws.route.id(tree.id, key)),
    own,
    ...(StageName !== first && { beside: StageName }),
    ...(target?.leads === 'ours' && { service: target.upstream.service }),
    requests: [
      {
        base: `${String(tree.api.ApiEndpoint)}${StageName === '$default' ? '' : `/${StageName}`}`,
        method: method === 'ANY' || path === undefined ? 'GET' : method,
        path: (path ?? '/authctl-undeclared').replaceAll(/\{[^}]+\}/g, '42'),
        headers: [],
      },
    ],
  }));
};
