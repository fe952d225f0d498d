import { layered } from './attributes.ts';
import { listMark, ownerOf } from './ownership.ts';
import { payloadOf } from './payload.ts';
import type { Desired, Live } from '../../core/resource.ts';
import type { Position } from '../../core/problem.ts';
import type { NamedRef, RoleRep } from './representations.ts';
import { changesBetween } from './role-mappings.ts';
import { appeared } from './session.ts';
import type { Session } from './session.ts';
import type { ClientRoleSpec } from './specs/client-role.ts';

/** What a role of a realm and one of a client are written by. */
type RoleSpec = Partial<Pick<ClientRoleSpec, 'description' | 'composites' | 'clientComposites' | 'attributes'>>;

/** Where roles are: `/shop/roles`, or below a client. */
interface Place {
  readonly path: string;
  readonly name: string;
  /** `role "admin"` */
  readonly what: string;
  /** Keycloak put it into a realm of ours. */
  readonly isShipped?: boolean;
}

type Wanted = Pick<Desired, 'origin' | 'protected'> & { readonly spec: RoleSpec };

/** Makes a role, or changes the one that is there and ours. */
export const putRole = async (session: Session, place: Place, desired: Wanted, live: RoleRep | undefined): Promise<void> => {
  const held = live ?? (await create(session, place, desired));
  if (held !== undefined) await update(session, place, desired, held);
};

const addressOf = ({ path, name }: Place): string => `${path}/${encodeURIComponent(name)}`;

const attributesOf = (session: Session, desired: Wanted, held: RoleRep['attributes'], live?: Pick<Live, 'owner'>): Record<string, unknown> =>
  layered(held, payloadOf(desired.spec.attributes ?? {}), listMark(session.owner, desired, live));

/** Answers the role when it is there already and ours, for `update`. */
const create = async (session: Session, place: Place, desired: Wanted): Promise<RoleRep | undefined> => {
  const { composites, clientComposites, description } = desired.spec;
  const [ofRealm, ofClients] = [composites ?? [], present(clientComposites)];
  // Keycloak refuses an included role that does not exist, too, and knows no blueprint line.
  await Promise.all([session.roles.refs(ofRealm, desired.origin), clientRefs(session, ofClients, desired.origin)]);
  const inside = { ...(ofRealm.length > 0 && { realm: ofRealm }), ...(Object.keys(ofClients).length > 0 && { client: ofClients }) };
  const status = await session.admin.write('POST', place.path, {
    doing: `create ${place.what}`,
    at: desired.origin,
    accept: [409],
    body: {
      name: place.name,
      description: description ?? '',
      attributes: attributesOf(session, desired, {}),
      ...(Object.keys(inside).length > 0 && { composite: true, composites: inside }),
    },
  });
  if (status !== 409) return undefined;
  const held = await readComposites(session, addressOf(place), place.what);
  const owner = ownerOf(held.attributes);
  if (owner !== session.owner && !(owner === undefined && place.isShipped === true)) throw appeared(place.what, desired.origin);
  return held;
};

/** A role that was not read with the rest, with what it contains. */
export const readComposites = async (session: Session, path: string, what: string): Promise<RoleRep> => {
  const [held, inside] = await Promise.all([
    session.admin.read<RoleRep>(path, `read ${what}`),
    session.admin.list<RoleRep & { readonly containerId?: string }>(`${path}/composites`, `read ${what}`),
  ]);
  const client: Record<string, string[]> = {};
  for (const { name, clientRole, containerId = '' } of inside) if (clientRole) (client[await session.clients.nameOf(containerId)] ??= []).push(name);
  return { ...held, composites: { realm: inside.filter(({ clientRole }) => !clientRole).map(({ name }) => name), client } };
};

const update = async (session: Session, place: Place, desired: Wanted, held: RoleRep): Promise<void> => {
  const description = 'description' in desired.spec ? (desired.spec.description ?? '') : (held.description ?? '');
  await session.admin.write('PUT', addressOf(place), {
    doing: `change ${place.what}`,
    at: desired.origin,
    body: { name: place.name, description, attributes: attributesOf(session, desired, held.attributes, { owner: ownerOf(held.attributes) }) },
  });
  await putComposites(session, { ...place, id: held.id, held: held.composites ?? {}, at: desired.origin }, desired.spec.composites, desired.spec.clientComposites);
};

type ByClient = Readonly<Record<string, readonly string[] | null>>;

interface Composite extends Pick<Place, 'what'> {
  readonly id: string;
  readonly held: NonNullable<RoleRep['composites']>;
  readonly at: Position | undefined;
}

/** Makes what a role contains what is wanted of it: clients that are not named keep what they have in it. */
export const putComposites = async (session: Session, { id, what, held, at }: Composite, ofRealm: readonly string[] | null | undefined, ofClients: ByClient | null | undefined): Promise<void> => {
  const realm = ofRealm == null ? { add: [], drop: [] } : changesBetween(held.realm ?? [], ofRealm);
  const clients = Object.entries(ofClients ?? {}).map(([client, names]) => [client, changesBetween(held.client?.[client] ?? [], names ?? [])] as const);
  for (const [method, part] of [
    ['POST', 'add'],
    ['DELETE', 'drop'],
  ] as const) {
    const refs = [...(await session.roles.refs(realm[part], at)), ...(await clientRefs(session, Object.fromEntries(clients.map(([client, changes]) => [client, changes[part]])), at))];
    if (refs.length > 0) await session.admin.write(method, `${session.base}/roles-by-id/${id}/composites`, { doing: `change what ${what} contains`, at, body: refs });
  }
};

/** Roles of clients as requests name them. */
export const clientRefs = async (session: Session, byClient: Readonly<Record<string, readonly string[]>>, at: Position | undefined): Promise<readonly NamedRef[]> =>
  (await Promise.all(Object.entries(byClient).filter(([, names]) => names.length > 0).map(([client, names]) => session.clientRoles(client).refs(names, at)))).flat();

const present = (byClient: ByClient | null | undefined): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(byClient ?? {}).flatMap(([client, names]) => (names === null || names.length === 0 ? [] : [[client, names] as const])));
