import type { Position } from '../../core/problem.ts';
import type { Session } from './session.ts';

interface RoleMappings {
  /** After `/admin/realms/<realm>`: `/clients/<id>/scope-mappings/realm`. */
  readonly path: string;
  readonly held: readonly string[];
  readonly wanted: readonly string[];
  readonly doing: string;
  readonly at: Position;
}

/** Makes a list of realm roles (in a scope, of an account) the wanted one: at most two requests. */
export const mapRoles = async ({ admin, base, roles }: Session, { path, held, wanted, doing, at }: RoleMappings): Promise<void> => {
  const { add, drop } = changesBetween(held, wanted);
  if (drop.length > 0) await admin.write('DELETE', `${base}${path}`, { doing, at, body: await roles.refs(drop, at), accept: [404] });
  if (add.length > 0) await admin.write('POST', `${base}${path}`, { doing, at, body: await roles.refs(add, at) });
};

/** The realm roles under a path now: for an object that was just found, and not read with the rest. */
export const mappedRoles = async ({ admin, base }: Session, path: string, doing: string): Promise<readonly string[]> =>
  (await admin.list<{ name: string }>(`${base}${path}`, doing)).map(({ name }) => name);

/** Two lists of names as what to add to the first and what to take away from it. */
export const changesBetween = (held: readonly string[], wanted: readonly string[]): { add: string[]; drop: string[] } => ({
  add: wanted.filter((name) => !held.includes(name)),
  drop: held.filter((name) => !wanted.includes(name)),
});
