import { Problem } from '../../core/problem.ts';
import type { Desired } from '../../core/resource.ts';
import { asNew } from './flow-tree.ts';
import type { PartialExport } from './representations.ts';
import type { Session } from './session.ts';
import type { ClientSpec } from './specs/client.ts';

/** `browser`, `direct_grant`: a flow. Keycloak knows it by its id, a blueprint by its alias. */
export type Overrides = Readonly<Record<string, string>>;

/** Aliases of flows by id; of one that is set aside, the alias that another is about to have. */
export const flowNames = (exported: PartialExport | undefined): ReadonlyMap<string, string> => new Map((exported?.authenticationFlows ?? []).flatMap(({ id, alias }) => (id === undefined ? [] : [[id, asNew(alias)] as const])));

/** One that is not there stays as it is. */
export const overridesByAlias = (held: Readonly<Record<string, unknown>> | undefined, names: ReadonlyMap<string, string>): Overrides =>
  Object.fromEntries(Object.entries(held ?? {}).flatMap(([kind, id]) => (typeof id === 'string' && id !== '' ? [[kind, names.get(id) ?? id] as const] : [])));

/** As they are sent: an empty text takes one away that is `held`. Nothing where the blueprint says nothing. */
export const overridesById = async (session: Session, { spec, origin }: Desired<ClientSpec>, held: Readonly<Record<string, unknown>>): Promise<Overrides | undefined> => {
  const stated = spec.authenticationFlowBindingOverrides;
  if (stated === undefined) return undefined;
  const wanted = Object.entries(stated ?? {}).flatMap(([kind, alias]) => (alias === null ? [] : [[kind, alias] as const]));
  const gone = Object.keys(held).filter((kind) => !wanted.some(([one]) => one === kind));
  const flows = wanted.length === 0 ? [] : await session.admin.list<{ readonly id: string; readonly alias: string }>(`${session.base}/authentication/flows`, 'list the authentication flows');
  const ids = wanted.map(([kind, alias]) => {
    const id = flows.find((one) => one.alias === alias)?.id;
    if (id === undefined) throw new Problem('KEYCLOAK_NO_SUCH_NAME', `the realm has no authentication flow "${alias}"`, { at: origin, hint: 'state it under raw.keycloak.entities.authenticationFlows' });
    return [kind, id] as const;
  });
  return Object.fromEntries([...gone.map((kind) => [kind, ''] as const), ...ids]);
};
