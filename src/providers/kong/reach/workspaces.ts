import { textOf } from '../../../core/json.ts';
import type { Danger, Live, Unseen } from '../../../core/resource.ts';
import { addressOf } from '../../../core/resource.ts';
import type { Entity, KongAdmin, ListPath } from '../client.ts';
import { fieldsOf, liveRow, namesIn } from '../kinds/live-row.ts';
import { kong as specs } from '../specs/index.ts';
import { gatewayOf } from './gateway.ts';
import type { Finding, Holdings } from './gateway.ts';
import { asOne } from './as-one.ts';
import { readable } from './readable.ts';
import { takeovers } from './takeovers.ts';
import { strangeWays, waysToControls } from './ways.ts';

/** More than these are told, not looked at: each is three requests. */
const MOST = 20;

interface Asking {
  /** The Admin API of a workspace; of the node where none is named. */
  readonly adminOf: (workspace?: string) => Pick<KongAdmin, 'list'>;
  readonly own: string;
  readonly holdings: Holdings;
}

/** Routes that another workspace of Kong Enterprise has to services of the blueprint, or before its routes: all share one proxy. */
export const otherWorkspaces = async ({ adminOf, own, holdings }: Asking): Promise<{ readonly dangers: readonly Danger[]; readonly unseen: readonly Unseen[] }> => {
  const names = await readable(() => adminOf().list('workspaces'));
  if ('why' in names) return { dangers: [], unseen: [notRead('the other workspaces', names.why)] };
  const others = names.value.map(({ name }) => textOf(name) ?? '').filter((name) => name !== '' && name !== own);
  const unseen: Unseen[] = others.length > MOST ? [notRead(`${others.length - MOST} of ${others.length} other workspaces`, `no more than ${MOST} are read`)] : [];
  const dangers: Danger[] = [];
  for (const workspace of others.slice(0, MOST)) {
    const found = await readable(() => rowsOf(adminOf(workspace), { workspace, name: holdings.name }));
    if ('why' in found) unseen.push(notRead(`the workspace ${workspace}`, found.why));
    else dangers.push(...dangersOf(found.value, holdings));
  }
  return { dangers, unseen };
};

const notRead = (what: string, why: string): Unseen => ({ target: 'kong', what: `${what}: whether a route there leads to a service of the blueprint, or gets its requests`, why });

/** Names are unique in a workspace only: each is told with that of its own. */
const rowsOf = async (admin: Pick<KongAdmin, 'list'>, { workspace, name }: { readonly workspace: string; readonly name: string }): Promise<readonly Live[]> => {
  const list = async (path: ListPath): Promise<readonly Entity[]> => (await admin.list(path)).map((row) => ({ ...row, ...(textOf(row.name) !== undefined && path !== 'plugins' && { name: `${workspace}/${String(row.name)}` }) }));
  const [services, routes, plugins] = await Promise.all([list('services'), list('routes'), list('plugins')]);
  const [serviceOf, routeOf] = [namesIn(services, 'name'), namesIn(routes, 'name')];
  return [
    ...services.map((row) => liveRow(specs.service, textOf(fieldsOf(row).name), row, specs.service.read(fieldsOf(row)), name)),
    ...routes.map((row) => liveRow(specs.route, textOf(fieldsOf(row).name), row, specs.route.read({ ...fieldsOf(row), service: serviceOf(row.service) }), name)),
    ...plugins.map((row) => liveRow(specs.plugin, `${workspace}/#${row.id}`, row, specs.plugin.read({ ...fieldsOf(row), service: serviceOf(row.service), route: routeOf(row.route), consumer: row.consumer ?? null }), name)),
  ].map((live) => ({ ...live, owner: undefined }));
};

/** A plugin for everything is for everything of its workspace: ways are looked at with the plugins of theirs alone, takeovers beside our routes. */
const dangersOf = (rows: readonly Live[], holdings: Holdings): readonly Danger[] => {
  const theirs = gatewayOf({ ...holdings, live: rows });
  const ours = holdings.live.filter((object) => object.owner === holdings.name || specs.service.is(object));
  const together = gatewayOf({ ...holdings, live: [...ours, ...rows] });
  if (theirs === undefined || together === undefined) return [];
  const here = new Set(rows.map(addressOf));
  const found: readonly Finding[] = [...strangeWays(theirs), ...waysToControls(theirs), ...takeovers(together).findings.filter((finding) => here.has(addressOf(finding)))];
  return asOne(found, rows);
};
