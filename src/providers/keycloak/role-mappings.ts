import type { Position } from '../../core/problem.ts';
import type { Session } from './session.ts';

interface RoleMappings {
  /** After `/admin/realms/<realm>`: `/clients/<id>/scope-mappings/realm`. */
  readonly path: string;
  readonly held: readonly string[];
  readonly wanted: readonly string[];
  readonly doing: string;
  readonly at: Position | undefined;
}

/** Makes a list of realm roles (in a scope, of an account) the wanted one: at most two requests. */
export const mapRoles = async ({ admin, base, roles }: Session, { path, held, wanted, doing, at }: RoleMappings): Promise<void> => {
  const { add, drop } = changesBetween(held, wanted);
  if (drop.length > 0) await admin.write('DELETE', `${base}${path}`, { doing, at, body: await roles.refs(drop, at), accept: [404] });
  if (add.length > 0) await admin.write('POST', `${base}${path}`, { doing, at, body: await roles.refs(add, at) });
};

/** The same of the roles of clients, under `…/role-mappings`: clients that are not named keep what they have. */
export const mapClientRoles = async (session: Session, { path, held, wanted, doing, at }: Omit<RoleMappings, 'held' | 'wanted'> & { readonly held: ByClient; readonly wanted: ByClient }): Promise<void> => {
  for (const [owner, names] of Object.entries(wanted)) {
    const { add, drop } = changesBetween(held[owner] ?? [], names ?? []);
    const [found] = add.length + drop.length > 0 ? await session.clients.refs([owner], at) : [];
    const place = `${session.base}${path}/clients/${found?.id}`;
    if (drop.length > 0) await session.admin.write('DELETE', place, { doing, at, body: await session.clientRoles(owner).refs(drop, at), accept: [404] });
    if (add.length > 0) await session.admin.write('POST', place, { doing, at, body: await session.clientRoles(owner).refs(add, at) });
  }
};
type ByClient = Readonly<Record<string, readonly string[] | null>>;

/** The realm roles under a path now: for an object that was just found, and not read with the rest. */
export const mappedRoles = async ({ admin, base }: Session, path: string, doing: string): Promise<readonly string[]> =>
  (await admin.list<{ name: string }>(`${base}${path}`, doing)).map(({ name }) => name);

/** Two lists of names as what to add to the first and what to take away from it. */
export const changesBetween = (held: readonly string[], wanted: readonly string[]): { add: string[]; drop: string[] } => ({
  add: wanted.filter((name) => !held.includes(name)),
  drop: held.filter((name) => !wanted.includes(name)),
});
