import type { Danger, Effect } from '../../../core/resource.ts';
import { attributeOf } from '../attributes.ts';
import type { ClientRep, PartialExport } from '../representations.ts';
import { defaultRoleOf } from '../representations.ts';
import { clientShape, STORAGE } from '../shipped/shape.ts';
import { flowOverrides, flows } from './flows.ts';
import { grantsOf } from './foreign-clients.ts';
import { identityProviders } from './identity-providers.ts';
import { keysIn } from './keys.ts';
import type { Published } from './keys.ts';
import { ADMINISTRATORS, found, listed } from './scene.ts';
import type { Scene } from './scene.ts';
import { plain } from '../plain.ts';

const MASTER = 'master';

interface Judging {
  /** The client that authctl logs in as. */
  readonly login: string;
  /** What having these roles of `master` does here. */
  readonly gives: (roles: readonly string[]) => Effect | undefined;
  /** The keys of `master`, where they may be seen. */
  readonly published: Published | undefined;
}

/** Ways to sign in to the realm `master` that a new server does not have: who comes in by one may become who rules it. */
export const waysIntoMaster = (scene: Scene, exported: PartialExport, judging: Judging): readonly Danger[] => {
  const master = masterScene(scene, exported);
  // As of any realm, but that nobody here can say who should have a right there: only what lets somebody in counts.
  const opening = [...flows(master), ...flowOverrides(master), ...keysIn(master, judging.published)].filter(({ effect }) => effect === 'opens');
  return [
    ...opening.map((danger) => there(scene, danger)),
    ...identityProviders(master).map((danger) => there(scene, { ...danger, effect: vouches(exported, danger.id.slice(MASTER.length + 1), judging) })),
    ...directories(scene, exported),
    ...(exported.clients ?? []).flatMap((rep) => (rep.clientId === judging.login ? loginItself(scene, rep) : consoles(scene, rep))),
  ];
};

/** A finding in `master`, as one about who rules this realm. */
const there = (scene: Scene, { kind, id, field, what, hint, effect, seen }: Danger): Danger => ({
  ...found(scene, ADMINISTRATORS, '', { effect, what: `in realm "${MASTER}", which rules this one, ${what}`, hint, field: [kind.replace('keycloak.', ''), id.slice(MASTER.length + 1), field].filter(Boolean).join('.') }),
  ...(seen !== undefined && { seen }),
});

/** An identity provider that gives no right makes accounts without any; one whose word for a mail address counts takes over accounts that have some. */
const vouches = (exported: PartialExport, alias: string, { gives }: Judging): Effect => {
  const rep = (exported.identityProviders ?? []).find((one) => one.alias === alias);
  const mappers = (exported.identityProviderMappers ?? []).filter((one) => one.identityProviderAlias === alias);
  const roles = mappers.flatMap(({ config }) => (config?.role === undefined ? [] : [config.role, config.role.replace('.', '/')]));
  const groups = mappers.some(({ config }) => config?.group !== undefined);
  return rep?.trustEmail === true || groups || gives(roles) !== undefined ? 'opens' : 'weakens';
};

const directories = (scene: Scene, exported: PartialExport): readonly Danger[] =>
  (exported.components?.[STORAGE] ?? []).flatMap((rep) => {
    if (rep.config?.enabled?.[0] === 'false') return [];
    const mappers = Object.values(rep.subComponents ?? {}).flat();
    return [
      found(scene, ADMINISTRATORS, '', {
        effect: mappers.some(({ providerId }) => /role|group/.test(providerId)) ? 'opens' : 'weakens',
        what: `people of ${rep.config?.connectionUrl?.[0] ?? rep.providerId} sign in to realm "${MASTER}", which rules this one, with the passwords that it knows`,
        hint: `switch the directory off in realm "${MASTER}", or accept it`,
        field: `user-federation.${rep.name ?? rep.providerId}`,
        held: plain({ config: rep.config, mappers: mappers.map(({ name, providerId, config }) => ({ name, providerId, config })) }),
      }),
    ];
  });

/** The client that authctl logs in as has a secret and an account, and what else brings tokens of it brings its rights, or those of who signs in at it. */
const loginItself = (scene: Scene, rep: ClientRep): readonly Danger[] => {
  const ways = grantsOf({ ...rep, serviceAccountsEnabled: false });
  const rotated = attributeOf(rep.attributes, 'client.secret.rotated') === undefined ? [] : ['another secret of it is good as well'];
  if (ways.length + rotated.length === 0) return [];
  return [
    found(scene, ADMINISTRATORS, '', {
      effect: 'opens',
      what: `tokens that rule realm "${MASTER}" go out by ${rep.clientId}, the client of this login: ${[...ways, ...rotated].join('; ')}`,
      hint: `leave it its service account alone in realm "${MASTER}", or accept it`,
      field: `clients.${rep.clientId}`,
      held: plain({ ways, rotated, redirectUris: rep.redirectUris, public: rep.publicClient }),
    }),
  ];
};

/** Where the clients that every realm has send the codes of who signs in: whoever rules `master` signs in at one of them. */
const consoles = (scene: Scene, rep: ClientRep): readonly Danger[] => {
  const shipped = Object.hasOwn(scene.shipped.clients, rep.clientId) ? scene.shipped.clients[rep.clientId] : undefined;
  if (shipped === undefined || rep.enabled === false) return [];
  const held = clientShape(rep, MASTER);
  const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  const addresses = listOf(held.redirectUris).filter((uri) => !listOf(shipped.redirectUris).includes(uri));
  const on = ['implicitFlowEnabled', 'directAccessGrantsEnabled'].filter((field) => held[field] === true && shipped[field] !== true);
  if (addresses.length + on.length === 0) return [];
  return [
    found(scene, ADMINISTRATORS, '', {
      effect: 'opens',
      what: `in realm "${MASTER}", which rules this one, ${[...(addresses.length > 0 ? [`who signs in at ${rep.clientId} is sent to ${listed(addresses)}`] : []), ...on.map((field) => `${rep.clientId} has ${field} on`)].join(', and ')}`,
      hint: `set the client back in realm "${MASTER}", or accept it`,
      field: `clients.${rep.clientId}`,
      held: plain({ addresses, on }),
    }),
  ];
};

/** The realm `master` as one that is looked at: nothing in it is stated. */
const masterScene = (scene: Scene, exported: PartialExport): Scene => ({
  ...scene,
  name: MASTER,
  clients: new Map(),
  scopes: new Map(),
  roles: new Map(),
  groups: new Map(),
  users: new Map(),
  clientRoles: new Map(),
  composites: new Map(),
  stated: new Map(),
  live: [],
  exported,
  whole: true,
  audiences: new Set(),
  claims: new Set(),
  defaultRole: defaultRoleOf(exported),
  authorization: new Map(),
  holders: new Map(),
  login: undefined,
});
