import { decidingRoles } from '../../access/index.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import type { Position } from '../../core/problem.ts';
import { Problem } from '../../core/problem.ts';
import type { Spec } from '../../core/resource.ts';
import type { Secret } from '../../core/secret.ts';
import type { KeycloakAdmin } from './client.ts';
import { createFingerprints } from './fingerprints.ts';
import type { FingerprintKey, Fingerprints } from './fingerprints.ts';
import { createIdLookup } from './id-lookup.ts';
import type { IdLookup } from './id-lookup.ts';
import { createNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import { ownerOf, ownership } from './ownership.ts';
import type { NamedRef, UserRep } from './representations.ts';
import { readSnapshot } from './snapshot.ts';
import type { Snapshot } from './held.ts';
import { createUserProfile } from './user-profile.ts';

interface Named {
  readonly name: string;
  readonly password: Secret;
  readonly otp: Secret | undefined;
}

/** What the kinds work with: one realm, one login, one picture of it per round. */
export interface Session {
  readonly admin: KeycloakAdmin;
  /** The blueprint's name: the mark. */
  readonly owner: string;
  readonly realm: string;
  /** `/<realm>`, encoded. */
  readonly base: string;
  /** What the blueprint's `raw` part states: the secrets in it are compared as such. */
  readonly raw: Blueprint['raw']['keycloak'];
  /** What the blueprint states of the realm that may hold secrets, raw or not. */
  readonly ofRealm: Spec;
  /** The roles by which the blueprint lets somebody in. */
  readonly deciding: Pick<ReadonlySet<string>, 'has'>;
  /** The persona with a username, which Keycloak keeps in lower case; the blueprint may write it otherwise. */
  readonly persona: (username: string) => Named | undefined;
  /** Whether this blueprint made the realm: by its mark, or just now. */
  readonly ownRealm: { readonly is: () => boolean; readonly made: () => void };
  /** Read once for all kinds, and again after the next write. `undefined` while the realm does not exist. */
  readonly snapshot: () => Promise<Snapshot | undefined>;
  /** Of the server, as its last export says. */
  readonly version: () => string | undefined;
  /** The next one is read anew, though nothing was written from here. */
  readonly forget: () => void;
  readonly roles: IdLookup;
  readonly scopes: IdLookup;
  /** By clientId. */
  readonly clients: IdLookup;
  /** The roles that a client defines. */
  readonly clientRoles: (clientId: string) => IdLookup;
  readonly fingerprints: Fingerprints;
  /** Secrets of which it is not known whether they are as stated, in words: another login set them. */
  readonly unjudged: Set<string>;
  /** Who is in a group, by its id, where that was read: everybody. */
  readonly members: Map<string, readonly UserRep[]>;
  /** What this login may not see, in words, and the right that it lacks. */
  readonly refused: Map<string, string>;
  /** Runs what changes the realm's own settings, one after the other. */
  readonly settings: (work: () => Promise<void>) => Promise<void>;
  readonly notes: Notes;
  /** Runs what changes the user profile, one after the other. */
  readonly profile: (work: () => Promise<void>) => Promise<void>;
  /** Makes sure that users may carry our attributes. */
  readonly allowUserAttributes: (at: Position | undefined) => Promise<void>;
}

export const createSession = (blueprint: Blueprint, admin: KeycloakAdmin, key: FingerprintKey): Session => {
  const realm = blueprint.realm.name;
  const base = `/${encodeURIComponent(realm)}`;
  const listed = (path: string, doing: string) => (): Promise<readonly NamedRef[]> => admin.list(`${base}${path}`, doing);
  const roles = createIdLookup('role', listed('/roles?briefRepresentation=true', 'list roles'));
  const scopes = createIdLookup('client scope', listed('/client-scopes', 'list client scopes'));
  const clients = createIdLookup('client', async () => (await listed('/clients', 'list clients')()).map(named));
  const ofClients = new Map<string, IdLookup>();
  const clientRoles = (clientId: string): IdLookup => {
    const list = async (at?: Position): Promise<readonly NamedRef[]> => {
      const [owner] = await clients.refs([clientId], at);
      return listed(`/clients/${owner?.id}/roles`, `list the roles of client "${clientId}"`)();
    };
    const known = ofClients.get(clientId) ?? createIdLookup(`role of client "${clientId}"`, list);
    ofClients.set(clientId, known);
    return known;
  };
  const people = Object.entries(blueprint.personas).map(([name, { password, otp }]) => [name.toLowerCase(), { name, password, otp }] as const);
  // Of two that Keycloak cannot tell apart the first counts.
  const personas = new Map(people.toReversed());
  const settings = oneAfterTheOther();
  const notes = createNotes(admin, { base, owner: blueprint.name, inTurn: settings });
  const unjudged = new Set<string>();
  const members = new Map<string, readonly UserRep[]>();
  const refused = new Map<string, string>();
  let own = false;
  let version: string | undefined;
  let round: { readonly writes: number; readonly snapshot: Promise<Snapshot | undefined> } | undefined;

  const read = async (): Promise<Snapshot | undefined> => {
    const snapshot = await readSnapshot(admin, {
      realm,
      owner: blueprint.name,
      clients: new Set(Object.keys(blueprint.realm.clients)),
      scopes: new Set(Object.keys(blueprint.realm.scopes)),
      personas: Object.keys(blueprint.personas),
      seeds: Object.keys(blueprint.raw.keycloak.entities.users ?? {}),
      whole: Object.keys(blueprint.raw.keycloak.entities).length > 0 || Object.values(blueprint.raw.keycloak.clients).some((fields) => 'clientScopeMappings' in fields || 'serviceAccountClientRoles' in fields || 'authorizationSettings' in fields),
    });
    version = snapshot?.exported?.keycloakVersion ?? version;
    if (snapshot) own = isOwn(snapshot, blueprint.name);
    roles.learn(snapshot?.roles ?? []);
    scopes.learn(snapshot?.scopes ?? []);
    clients.learn((snapshot?.clients ?? []).map(named));
    ofClients.clear();
    unjudged.clear();
    members.clear();
    refused.clear();
    notes.learn(snapshot?.realm.attributes, ownersIn(snapshot));
    for (const [clientId, defined] of Object.entries(snapshot?.exported?.roles?.client ?? {})) clientRoles(clientId).learn(defined);
    return snapshot;
  };

  return {
    admin,
    owner: blueprint.name,
    realm,
    base,
    raw: blueprint.raw.keycloak,
    ofRealm: { ...(blueprint.realm.smtp?.password && { smtpServer: { password: blueprint.realm.smtp.password } }), ...blueprint.raw.keycloak.realm },
    deciding: decidingRoles(blueprint),
    persona: (username) => personas.get(username),
    ownRealm: { is: () => own, made: () => { own = true; } },
    snapshot: () => {
      if (round?.writes !== admin.writes()) {
        const begun = { writes: admin.writes(), snapshot: read() };
        begun.snapshot.catch(() => {
          if (round === begun) round = undefined;
        });
        round = begun;
      }
      return round.snapshot;
    },
    version: () => version,
    forget: () => { round = undefined; },
    roles,
    scopes,
    clients,
    clientRoles,
    fingerprints: createFingerprints(key, realm),
    unjudged,
    members,
    refused,
    settings,
    notes,
    profile: oneAfterTheOther(),
    allowUserAttributes: createUserProfile(admin, base),
  };
};

const oneAfterTheOther = (): ((work: () => Promise<void>) => Promise<void>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const begun = last.then(work);
    last = begun.catch(() => undefined);
    return begun;
  };
};

const isOwn = ({ realm: { attributes } }: Snapshot, name: string): boolean => {
  const { owner, adopted = false } = ownership(attributes);
  return owner === name && !adopted;
};

/** The blueprints whose marks are seen. */
const ownersIn = (snapshot: Snapshot | undefined): ReadonlySet<string> =>
  new Set([snapshot?.realm, ...(snapshot?.clients ?? []), ...(snapshot?.scopes ?? []), ...(snapshot?.roles ?? [])].flatMap((one) => ownerOf(one?.attributes) ?? []));

const named = ({ id, clientId, name }: { readonly id: string; readonly clientId?: string; readonly name?: string }): NamedRef => ({ id, name: clientId ?? name ?? '' });

/** Something with this name appeared between plan and apply, and it is not ours to change. */
export const appeared = (what: string, at: Position | undefined): Problem =>
  new Problem('KEYCLOAK_CONFLICT', `${what} was made by somebody else since the plan, and carries no mark of this blueprint`, {
    at,
    hint: 'plan again: it is shown as blocked, and --adopt takes it over',
  });
