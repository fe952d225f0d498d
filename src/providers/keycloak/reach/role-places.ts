import type { PartialExport } from '../representations.ts';

/** Where a role stands: in the realm, or at a client. */
export interface RolePlace {
  /** The id of the client that defines it, and Keycloak's own; absent of a role of the realm. */
  readonly client?: { readonly clientId: string; readonly id: string };
  readonly role: string;
}

/**
 * What `<client>/<role>` names: a role of the realm may have a slash in its name, and so may a client id and a role of a client. Every place that the
 * realm has is one; where it has none of them, what the first slash says.
 */
export const placesOf = (exported: PartialExport, name: string): readonly RolePlace[] => {
  const { realm, clients } = namesIn(exported);
  const found: RolePlace[] = realm.has(name) || !name.includes('/') ? [{ role: name }] : [];
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const [clientId, role] = [name.slice(0, at), name.slice(at + 1)];
    const id = clients.get(clientId);
    const defined = exported.roles?.client?.[clientId];
    if (id !== undefined && (defined === undefined || defined.some((one) => one.name === role))) found.push({ client: { clientId, id }, role });
  }
  const at = name.indexOf('/');
  return found.length > 0 ? found : [{ client: { clientId: name.slice(0, at), id: name.slice(0, at) }, role: name.slice(at + 1) }];
};

/** `…/roles/<name>`, below the realm. */
export const pathOf = ({ client, role }: RolePlace): string => `${client ? `/clients/${encodeURIComponent(client.id)}` : ''}/roles/${encodeURIComponent(role)}`;

interface Names {
  readonly realm: ReadonlySet<string>;
  readonly clients: ReadonlyMap<string, string>;
}
const NAMES = new WeakMap<PartialExport, Names>();
const namesIn = (exported: PartialExport): Names => {
  const known = NAMES.get(exported) ?? { realm: new Set((exported.roles?.realm ?? []).map(({ name }) => name)), clients: new Map((exported.clients ?? []).map(({ clientId, id }) => [clientId, id])) };
  NAMES.set(exported, known);
  return known;
};
