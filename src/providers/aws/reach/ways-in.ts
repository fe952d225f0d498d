import type { WayIn } from '../../../core/provider.ts';
import { readView } from '../view.ts';
import type { ApiTree, AwsClient } from '../view.ts';
import type { LookUp } from '../../names.ts';
import { hasVariables, namesIn, targetOf, urlsOf } from './places.ts';
import type { Target, Upstream } from './places.ts';
import { readSurroundings } from './read.ts';
import { waysOf } from './routes.ts';
import type { Way } from './routes.ts';

interface Asking extends Pick<AwsClient, 'name' | 'send'> {
  readonly upstreams: readonly Upstream[];
  readonly lookUp: LookUp;
}

/** Every live route of our API, and every one of another API that leads to an upstream of ours, at every stage: as requests that can be tried. */
export const waysIn = async ({ name, send, upstreams, lookUp }: Asking): Promise<readonly WayIn[]> => {
  const view = await readView({ name, send });
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
  return trees.flatMap((tree) => waysOf(tree, leading(tree)).flatMap((way) => requestsOf(way, tree === own)));
};

const requestsOf = ({ tree, route, target }: Way, own: boolean): readonly WayIn[] => {
  if (!own && target?.leads !== 'ours' && target?.leads !== 'anywhere') return [];
  const [method = '', path] = (route.RouteKey ?? '').split(' ');
  return tree.stages.map(({ StageName = '' }) => ({
    name: `${tree.id} ${StageName} ${String(route.RouteKey)}`,
    key: String(route.RouteKey),
    own,
    stage: StageName,
    base: `${String(tree.api.ApiEndpoint)}${StageName === '$default' ? '' : `/${StageName}`}`,
    method: method === 'ANY' || path === undefined ? 'GET' : method,
    path: (path ?? '/authctl-undeclared').replaceAll(/\{[^}]+\}/g, '42'),
    ...(target?.leads === 'ours' && { service: target.upstream.service }),
  }));
};
