import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { Traces } from '../../core/provider.ts';
import { addressOf } from '../../core/resource.ts';
import type { Address, Changed, Live } from '../../core/resource.ts';
import { momentOf } from '../../core/traces.ts';
import { isForbidden } from './client.ts';
import type { AdminEventRep } from './representations.ts';
import type { Session } from './session.ts';
import { nameIn } from './specs/id.ts';
import { keycloak as specs } from './specs/index.ts';

/** As many of the last events are asked for. */
const ASKED = 500;

/** When and by whom, as the realm's admin events have it: one request, where they are on, and none where they are off. */
export const tracesIn = async (session: Session, found: readonly Address[], live: readonly Live[]): Promise<Traces> => {
  const nothing = (untold: string): Traces => ({ changed: new Map(), untold });
  const snapshot = await session.snapshot();
  if (snapshot === undefined) return { changed: new Map() };
  if (snapshot.realm.adminEventsEnabled !== true) return nothing('who changed it is not recorded: admin events are off in Keycloak (realm.events.admin switches them on)');
  try {
    const events = await session.admin.list<AdminEventRep>(`${session.base}/admin-events?max=${ASKED}`, 'list admin events');
    const names = new Map<string, string>([...snapshot.clients.map(({ id, clientId }) => [id, clientId] as const), ...snapshot.users.map(({ id, username }) => [id, username] as const)]);
    return { changed: lastOf(events.filter(isChange), found, placesOf(live), names) };
  } catch (thrown) {
    if (!isForbidden(thrown)) throw thrown;
    return nothing('who changed it is not known: this login may not see the admin events of Keycloak (view-events)');
  }
};

/** What only does something, such as a mail that is sent or a session that ends, changes no object; a new secret does. */
const isChange = (event: unknown): event is AdminEventRep =>
  isObject(event) && (event['operationType'] !== 'ACTION' || /\/(?:client-secret|reset-password)$/.test(textOf(event['resourcePath']) ?? ''));

const lastOf = (events: readonly AdminEventRep[], found: readonly Address[], placesAt: (address: Address) => Places, names: ReadonlyMap<string, string>): ReadonlyMap<Address, Changed> => {
  const latest = events.toSorted((a, b) => timeOf(b) - timeOf(a));
  return new Map(
    found.flatMap((address) => {
      const is = placesAt(address);
      const event = latest.find((one) => is(textOf(one.resourcePath) ?? '', one.resourceType));
      const at = momentOf(event?.time);
      const by = event && byOf(event, names);
      return at === undefined ? [] : [[address, { at, ...(by !== undefined && { by }) }] as const];
    }),
  );
};

const timeOf = ({ time }: AdminEventRep): number => (typeof time === 'number' ? time : 0);

/** As the event has it: ids, by their names where these are known of this realm. */
const byOf = ({ authDetails }: AdminEventRep, names: ReadonlyMap<string, string>): string | undefined => {
  const { userId, clientId, ipAddress } = objectOf(authDetails);
  const said = ([['user', userId], ['through client', clientId], ['from', ipAddress]] as const).flatMap(([word, value]) => (typeof value === 'string' && value !== '' ? [`${word} ${names.get(value) ?? value}`] : []));
  return said.length === 0 ? undefined : said.join(' ');
};

/** Whether an event is about an object. */
type Places = (path: string, type: unknown) => boolean;

const COLLECTIONS: Readonly<Record<string, string>> = {
  [specs.client.kind]: 'clients',
  [specs.clientScope.kind]: 'client-scopes',
  [specs.role.kind]: 'roles-by-id',
  [specs.composite.kind]: 'roles-by-id',
  [specs.clientRole.kind]: 'roles-by-id',
  [specs.user.kind]: 'users',
  [specs.group.kind]: 'groups',
  [specs.component.kind]: 'components',
  [specs.flow.kind]: 'authentication/flows',
  [specs.organization.kind]: 'organizations',
};
/** Known in Keycloak by the name that they have in the blueprint. */
const BY_NAME: Readonly<Record<string, string>> = {
  [specs.role.kind]: 'roles',
  [specs.composite.kind]: 'roles',
  [specs.flow.kind]: 'authentication/flows',
  [specs.identityProvider.kind]: 'identity-provider/instances',
  [specs.requiredAction.kind]: 'authentication/required-actions',
};

/** Where the events of an object say that it is: by its id, which it has while it is there, or by its name, which it keeps. */
const placesOf = (live: readonly Live[]): ((address: Address) => Places) => {
  const there = new Map(live.map((object) => [addressOf(object), object]));
  return (address) => {
    const kind = address.slice(0, address.indexOf('/'));
    const id = address.slice(kind.length + 1);
    if (kind === specs.realm.kind) return (path, type) => type === 'REALM' && path === '';
    const key = idOf(there.get(address));
    const [collection, named] = [COLLECTIONS[kind], BY_NAME[kind]];
    const owner = kind === specs.clientRole.kind ? clientOf(live, id) : undefined;
    const name = kind === specs.clientRole.kind ? nameIn(nameIn(id)) : nameIn(id);
    const places = [
      ...(collection !== undefined && key !== undefined ? [`${collection}/${key}`] : []),
      ...(kind === specs.authorization.kind && key !== undefined ? [`clients/${key}/authz`] : []),
      ...(named === undefined ? [] : [`${named}/${name}`, `${named}/${encodeURIComponent(name)}`]),
      ...(owner === undefined ? [] : [`clients/${owner}/roles/${name}`, `clients/${owner}/roles/${encodeURIComponent(name)}`]),
    ];
    // The roles that a client defines are objects of their own, and so is what its authorization services decide by.
    const apart = kind === specs.client.kind && key !== undefined ? [`clients/${key}/roles/`, `clients/${key}/authz/`] : [];
    return (path) => places.some((place) => path === place || path.startsWith(`${place}/`)) && !apart.some((one) => path.startsWith(one));
  };
};

/** The id of a client by the address of a role in it. */
const clientOf = (live: readonly Live[], id: string): string | undefined => {
  const inside = nameIn(id);
  const owner = live.find((object) => object.kind === specs.client.kind && inside.startsWith(`${nameIn(object.id).replace(/[%/]/g, encodeURIComponent)}/`));
  return idOf(owner);
};

/** Kinds keep what the server said of an object, or beside other things. */
const idOf = (live: Live | undefined): string | undefined => {
  const ref = objectOf(live?.ref);
  return textOf(ref['id']) ?? textOf(objectOf(ref['rep'])['id']) ?? textOf(objectOf(ref['held'])['id']);
};
