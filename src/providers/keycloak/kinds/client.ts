import { randomUUID } from 'node:crypto';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import { Secret } from '../../../core/secret.ts';
import { layered } from '../attributes.ts';
import { authorizationKept } from '../authorization-kept.ts';
import { flowNames, overridesByAlias, overridesById } from '../flow-overrides.ts';
import type { Overrides } from '../flow-overrides.ts';
import { mapperReps, mapperSpecs, mappersOfClient } from '../mappers.ts';
import { foreignAttributes, madeMappers, mappersMark, ownerOf, textMark, unmarked } from '../ownership.ts';
import { MASK, payloadOf } from '../payload.ts';
import { defaultRoleOf } from '../representations.ts';
import type { ClientRep, UserRep } from '../representations.ts';
import { changesBetween, mappedRoles, mapRoles } from '../role-mappings.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { isShippedHere, ownedHere } from '../shipped-here.ts';
import { client } from '../specs/client.ts';
import { AUTHENTICATORS, PROOF_ATTRIBUTES } from '../specs/client-proof.ts';
import type { ClientSpec } from '../specs/client.ts';
import { clientScope } from '../specs/client-scope.ts';
import { flow } from '../specs/flow.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';
import { secretsIn, withSecrets } from '../stated-secrets.ts';

type Wanted = Desired<ClientSpec>;
const SCOPE_LISTS = { default: 'defaultClientScopes', optional: 'optionalClientScopes' } as const;
/** Keycloak gives this scope to every client with a service account, whatever the list says. */
const ACCOUNT_SCOPE = 'service_account';

const ALGORITHM = 'access.token.signed.response.alg';

interface ClientRef {
  readonly rep: ClientRep;
  /** The role every account has: not in a spec, never taken away. */
  readonly defaultRole: string;
}

/** A client with its secret, scopes, mappers, the realm roles in its scope and those of its service account. */
export const clientKind = defineKind<Session, ClientSpec, ClientRef>()({
  name: client.kind,
  after: [realm.kind, role.kind, clientScope.kind, flow.kind],
  immutable: client.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot === undefined) return [];
    const defaultRole = defaultRoleOf(snapshot.realm);
    const flows = flowNames(snapshot.exported);
    return snapshot.clients.map((rep) => ({
      kind: client.kind,
      id: client.id(session.realm, rep.clientId),
      spec: toSpec(rep, {
        stated: session.raw.clients[rep.clientId] ?? {},
        overrides: overridesByAlias(rep.authenticationFlowBindingOverrides, flows),
        scopeMappings: snapshot.clientRoles.get(rep.clientId),
        accountRoles: snapshot.accountRoles.get(rep.clientId)?.filter((name) => name !== defaultRole),
      }),
      ...ownedHere(session, rep.attributes, { section: 'clients', name: rep.clientId, stated: session.raw.entities.clients?.[rep.clientId] !== undefined }),
      made: { ...madeMappers(rep.attributes).made, attributes: formerProof(session, rep) },
      ref: { rep, defaultRole },
    }));
  },
  put: async (session, desired, live) => {
    const lists = Object.values(SCOPE_LISTS).flatMap((list) => desired.spec[list] ?? []);
    // Keycloak leaves out a scope that does not exist, without a word.
    await session.scopes.refs(lists, desired.origin);
    const held = live === undefined ? await create(session, desired) : refOf(live).rep;
    const fresh = typeof held === 'string';
    const id = fresh ? held : held.id;
    if (!fresh) await update(session, desired, held);
    await linkScopes(session, desired, id, fresh ? undefined : held);
    await putRoles(session, desired, id, fresh, live);
  },
  // As with the realm's algorithm: first everybody has the key.
  announce: (_session, desired, live) => {
    const [next, now] = [desired, live].map(({ spec }) => spec.attributes?.[ALGORITHM]);
    return Promise.resolve(next && next !== now ? 'later' : 'now');
  },
  remove: async (session, live) => {
    const { id, clientId } = refOf(live).rep;
    await session.admin.write('DELETE', `${session.base}/clients/${id}`, { doing: `delete client "${clientId}"`, accept: [404] });
    session.clients.forget(clientId);
  },
  release: async (session, live) => {
    const { rep } = refOf(live);
    const { id, clientId, attributes } = rep;
    const body = { ...authorizationKept(rep), clientId, attributes: unmarked(attributes, session.owner) };
    await session.admin.write('PUT', `${session.base}/clients/${id}`, { doing: `let go of client "${clientId}"`, body, accept: [404] });
  },
});

/**
 * By what a client of ours proves who it is, where that is a key or a certificate: one that is to prove it by its secret from now on leaves none of it. What
 * somebody puts beside the secret is told, and stays; so does what the blueprint states in Keycloak's own words.
 */
const formerProof = ({ owner, raw }: Pick<Session, 'owner' | 'raw'>, { clientId, clientAuthenticatorType, publicClient, attributes }: ClientRep): readonly string[] => {
  if (ownerOf(attributes) !== owner || publicClient === true || raw.clients[clientId]?.clientAuthenticatorType !== undefined || raw.entities.clients?.[clientId] !== undefined) return [];
  return Object.values<string>(AUTHENTICATORS).includes(clientAuthenticatorType ?? '') ? PROOF_ATTRIBUTES : [];
};

interface Beside {
  /** The blueprint's raw part for this client. */
  readonly stated: Spec;
  /** The flows that it has of its own, by alias. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly scopeMappings: readonly string[] | undefined;
  readonly accountRoles: readonly string[] | undefined;
}

const toSpec = (rep: ClientRep, { stated, overrides, scopeMappings, accountRoles }: Beside): ClientSpec =>
  client.read({
    ...withSecrets({ ...rep, attributes: foreignAttributes(rep.attributes) }, secretsIn(stated), false),
    redirectUris: rep.redirectUris ?? [],
    webOrigins: rep.webOrigins ?? [],
    defaultClientScopes: rep.defaultClientScopes ?? [],
    optionalClientScopes: rep.optionalClientScopes ?? [],
    mappers: mapperSpecs(rep.protocolMappers),
    authenticationFlowBindingOverrides: overrides,
    secret: rep.secret === undefined || rep.secret === MASK ? null : new Secret(rep.secret),
    ...(scopeMappings && { scopeMappings }),
    ...(accountRoles && { serviceAccountRoles: accountRoles }),
  });

/** The fields that are Keycloak's own, without attributes and mappers; `overrides`: flows by their ids. */
const fieldsOf = (desired: Wanted, overrides: Overrides | undefined): Record<string, unknown> => {
  const { mappers: _mappers, scopeMappings: _scope, serviceAccountRoles: _account, attributes: _attributes, authenticationFlowBindingOverrides: _flows, ...fields } = desired.spec;
  return { ...payloadOf(fields), ...(overrides && { authenticationFlowBindingOverrides: overrides }), clientId: nameIn(desired.id) };
};

/** `null` takes an attribute away: a `PUT` merges. */
const attributesOf = (session: Session, desired: Wanted, live?: Pick<Live, 'owner'>): Record<string, unknown> => ({
  ...payloadOf(desired.spec.attributes ?? {}),
  ...textMark(session.owner, desired, live),
  ...mappersMark(desired.spec.mappers),
});

/** Keycloak sends the codes of a new client to everything below its root where no redirect URI is stated, and what ends its sessions to the root itself. */
const isGuessed = ({ rootUrl, redirectUris }: Readonly<Record<string, unknown>>): boolean => typeof rootUrl === 'string' && Array.isArray(redirectUris) && redirectUris.length === 0;
const withoutGuesses = (body: Record<string, unknown>): Record<string, unknown> => {
  const { rootUrl, adminUrl = '', ...rest } = body;
  if (rootUrl === undefined) return body;
  return isGuessed(body) ? rest : { ...rest, rootUrl, adminUrl };
};

/** The id of a client that was made just now, or the client when it is there already and ours. */
const create = async (session: Session, desired: Wanted): Promise<string | ClientRep> => {
  const clientId = nameIn(desired.id);
  const id = randomUUID();
  const status = await session.admin.write('POST', `${session.base}/clients`, {
    doing: `create client "${clientId}"`,
    at: desired.origin,
    accept: [409],
    body: {
      ...withoutGuesses(layered(fieldsOf(desired, await overridesById(session, desired, {})))),
      id,
      attributes: layered(attributesOf(session, desired)),
      protocolMappers: mapperReps(desired.spec.mappers, desired.spec.protocol),
    },
  });
  if (status !== 409) {
    session.clients.add({ id, name: clientId });
    const { rootUrl, adminUrl, ...stated }: Spec = desired.spec;
    if (isGuessed(desired.spec)) await session.admin.write('PUT', `${session.base}/clients/${id}`, { doing: `create client "${clientId}"`, at: desired.origin, body: { ...authorizationKept(stated), clientId, rootUrl, adminUrl: adminUrl ?? '' } });
    return id;
  }
  const path = `${session.base}/clients?clientId=${encodeURIComponent(clientId)}`;
  const [held] = await session.admin.list<ClientRep>(path, 'look for a client');
  if (held === undefined || !isOurs(session, held)) throw appeared(`client "${clientId}"`, desired.origin);
  return held;
};

const isOurs = (session: Session, { clientId, attributes }: ClientRep): boolean => {
  const owner = ownerOf(attributes);
  return owner === session.owner || (owner === undefined && isShippedHere(session, 'clients', clientId));
};

/** `PUT` keeps absent fields, merges attributes, replaces mappers where it gives any, and ignores the lists of scopes. */
const update = async (session: Session, desired: Wanted, held: ClientRep): Promise<void> => {
  const overrides = await overridesById(session, desired, held.authenticationFlowBindingOverrides ?? {});
  const blanked = Object.entries(fieldsOf(desired, overrides)).map(([field, value]) => [field, value === null ? '' : value] as const);
  const protocolMappers = mappersOfClient(desired.spec.mappers, desired.spec.protocol, held.protocolMappers);
  await session.admin.write('PUT', `${session.base}/clients/${held.id}`, {
    doing: `change client "${held.clientId}"`,
    at: desired.origin,
    body: {
      ...authorizationKept(held),
      ...Object.fromEntries(blanked),
      attributes: attributesOf(session, desired, { owner: ownerOf(held.attributes) }),
      ...(protocolMappers && { protocolMappers }),
    },
  });
};

/** First what goes, then what comes: a scope cannot be in both lists. */
const linkScopes = async (session: Session, desired: Wanted, id: string, held: ClientRep | undefined): Promise<void> => {
  const steps = Object.entries(SCOPE_LISTS).flatMap(([kind, field]) => {
    const wanted = desired.spec[field];
    if (wanted == null) return [];
    const auto = kind === 'default' && desired.spec.serviceAccountsEnabled === true ? [ACCOUNT_SCOPE] : [];
    const { add, drop } = changesBetween(held?.[field] ?? [...new Set([...wanted, ...auto])], wanted);
    return [
      ...drop.map((name) => ({ order: 0, method: 'DELETE' as const, kind, name })),
      ...add.map((name) => ({ order: 1, method: 'PUT' as const, kind, name })),
    ];
  });
  for (const { method, kind, name } of steps.toSorted((a, b) => a.order - b.order)) {
    const [scope] = await session.scopes.refs([name], desired.origin);
    await session.admin.write(method, `${session.base}/clients/${id}/${kind}-client-scopes/${scope?.id}`, {
      doing: `change the scopes of client "${nameIn(desired.id)}"`,
      at: desired.origin,
      ...(method === 'DELETE' && { accept: [404] }),
    });
  }
};

const putRoles = async (session: Session, desired: Wanted, id: string, fresh: boolean, live: Live<ClientSpec, ClientRef> | undefined): Promise<void> => {
  const at = desired.origin;
  const name = nameIn(desired.id);
  const inScope = desired.spec.scopeMappings;
  if (inScope != null) {
    const path = `/clients/${id}/scope-mappings/realm`;
    const doing = `put roles into the scope of client "${name}"`;
    const held = fresh ? [] : (live?.spec.scopeMappings ?? (await mappedRoles(session, path, doing)));
    await mapRoles(session, { path, held, wanted: inScope, doing, at });
  }
  const ofAccount = desired.spec.serviceAccountRoles;
  if (ofAccount != null) {
    const doing = `give the service account of client "${name}" its roles`;
    const before = fresh ? [] : live?.spec.serviceAccountRoles;
    if (before?.toSorted().join() === ofAccount.toSorted().join()) return;
    const account = await session.admin.read<UserRep>(`${session.base}/clients/${id}/service-account-user`, doing);
    const path = `/users/${account.id}/role-mappings/realm`;
    const held = await mappedRoles(session, path, doing);
    const everybody = live === undefined ? defaultRoleOf({ realm: session.realm }) : refOf(live).defaultRole;
    const given = held.filter((role) => role !== everybody || ofAccount.includes(role));
    await mapRoles(session, { path, held: given, wanted: ofAccount, doing, at });
  }
};
