import type { GroupTree, PartialExport } from '../representations.ts';

export interface Group {
  readonly rep: GroupTree;
  /** `/staff/night`. */
  readonly path: string;
  /** Its own and those of the groups above it; those of clients as `<client>/<role>`. */
  readonly roles: readonly string[];
}

/** Every group of a realm, each after the one that it is in. */
export const groupsIn = ({ groups = [] }: Pick<PartialExport, 'groups'>): readonly Group[] => {
  const walk = (rep: GroupTree, above: readonly string[], path: string): readonly Group[] => {
    const roles = [...above, ...(rep.realmRoles ?? []), ...rolesByClient(rep.clientRoles)];
    const here = `${path}/${rep.name}`;
    return [{ rep, path: here, roles }, ...(rep.subGroups ?? []).flatMap((below) => walk(below, roles, here))];
  };
  return groups.flatMap((rep) => walk(rep, [], ''));
};

/** Roles of clients, as `<client>/<role>`. */
export const rolesByClient = (roles: Readonly<Record<string, readonly string[]>> | undefined): readonly string[] =>
  Object.entries(roles ?? {}).flatMap(([owner, names]) => names.map((name) => `${owner}/${name}`));
