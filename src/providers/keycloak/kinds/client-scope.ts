import { randomUUID } from 'node:crypto';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { mapperReps, mapperSpecs, mappersToGo, sameMapper } from '../mappers.ts';
import { foreignAttributes, madeMappers, mappersMark, ownerOf, textMark, unmarked } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { ClientScopeRep } from '../representations.ts';
import { mappedRoles, mapRoles } from '../role-mappings.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { isShippedHere, ownedHere } from '../shipped-here.ts';
import { clientScope } from '../specs/client-scope.ts';
import type { ClientScopeSpec } from '../specs/client-scope.ts';
import { nameIn } from '../specs/id.ts';
import { realm } from '../specs/realm.ts';
import { role } from '../specs/role.ts';

type Wanted = Desired<ClientScopeSpec>;

/** A client scope with its mappers and the realm roles it brings. */
export const clientScopeKind = defineKind<Session, ClientScopeSpec, ClientScopeRep>()({
  name: clientScope.kind,
  after: [realm.kind, role.kind],
  immutable: clientScope.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    return (snapshot?.scopes ?? []).map((rep) => toLive(rep, snapshot?.scopeRoles.get(rep.name), session));
  },
  put: async (session, desired, live) => {
    const held = live === undefined ? await create(session, desired) : refOf(live);
    if (held !== undefined) await update(session, desired, held);
    const wanted = desired.spec.scopeMappings;
    if (wanted == null) return;
    const { id } = (await session.scopes.refs([nameIn(desired.id)], desired.origin))[0] ?? { id: '' };
    const path = `/client-scopes/${id}/scope-mappings/realm`;
    const doing = `give client scope "${nameIn(desired.id)}" its roles`;
    const roles = held === undefined ? [] : (live?.spec.scopeMappings ?? (await mappedRoles(session, path, doing)));
    await mapRoles(session, { path, held: roles, wanted, doing, at: desired.origin });
  },
  remove: async (session, live) => {
    const { id, name } = refOf(live);
    await session.admin.write('DELETE', `${session.base}/client-scopes/${id}`, { doing: `delete client scope "${name}"`, accept: [404] });
    session.scopes.forget(name);
  },
  release: async (session, live) => {
    const { protocolMappers: _mappers, ...rep } = refOf(live);
    const body = { ...rep, attributes: unmarked(rep.attributes, session.owner) };
    await session.admin.write('PUT', `${session.base}/client-scopes/${rep.id}`, { doing: `let go of client scope "${rep.name}"`, body, accept: [404] });
  },
});

const toLive = (rep: ClientScopeRep, roles: readonly string[] | undefined, session: Session): Live<ClientScopeSpec, ClientScopeRep> => ({
  kind: clientScope.kind,
  id: clientScope.id(session.realm, rep.name),
  spec: clientScope.read({
    ...rep,
    attributes: foreignAttributes(rep.attributes),
    mappers: mapperSpecs(rep.protocolMappers),
    ...(roles && { scopeMappings: roles }),
  }),
  ...ownedHere(session, rep.attributes, { section: 'clientScopes', name: rep.name, stated: session.raw.entities.clientScopes?.[rep.name] !== undefined }),
  ...madeMappers(rep.attributes),
  ref: rep,
});

const bodyOf = (session: Session, desired: Wanted, live?: Pick<Live, 'owner'>): { [field: string]: unknown; attributes: Record<string, unknown> } => {
  const { mappers: _mappers, scopeMappings: _roles, attributes, ...fields } = desired.spec;
  return {
    ...payloadOf(fields),
    name: nameIn(desired.id),
    attributes: { ...payloadOf(attributes ?? {}), ...textMark(session.owner, desired, live), ...mappersMark(desired.spec.mappers) },
  };
};

/** Answers the scope when it is there already and ours, for `update`. */
const create = async (session: Session, desired: Wanted): Promise<ClientScopeRep | undefined> => {
  const name = nameIn(desired.id);
  const body = bodyOf(session, desired);
  // Keycloak takes the id we choose: no second request is needed to learn it.
  const id = randomUUID();
  const status = await session.admin.write('POST', `${session.base}/client-scopes`, {
    doing: `create client scope "${name}"`,
    at: desired.origin,
    accept: [409],
    body: {
      ...body,
      id,
      attributes: layered(body.attributes),
      protocolMappers: mapperReps(desired.spec.mappers, desired.spec.protocol),
    },
  });
  if (status !== 409) {
    session.scopes.add({ id, name });
    return undefined;
  }
  const scopes = await session.admin.list<ClientScopeRep>(`${session.base}/client-scopes`, 'list client scopes');
  const held = scopes.find((scope) => scope.name === name);
  const owner = ownerOf(held?.attributes);
  if (held === undefined || !(owner === session.owner || (owner === undefined && isShippedHere(session, 'clientScopes', name)))) throw appeared(`client scope "${name}"`, desired.origin);
  session.scopes.add(held);
  return held;
};

/** `PUT` of a scope merges attributes and ignores mappers: each mapper is a request, and only those that differ are sent. */
const update = async (session: Session, desired: Wanted, held: ClientScopeRep): Promise<void> => {
  const path = `${session.base}/client-scopes/${held.id}`;
  const write = { doing: `change client scope "${held.name}"`, at: desired.origin };
  await session.admin.write('PUT', path, { ...write, body: bodyOf(session, desired, { owner: ownerOf(held.attributes) }) });
  session.scopes.add(held);
  if (desired.spec.mappers === undefined) return;
  const wanted = mapperReps(desired.spec.mappers, desired.spec.protocol, held.protocolMappers);
  const models = `${path}/protocol-mappers/models`;
  for (const { id } of mappersToGo(desired.spec.mappers, held.protocolMappers)) await session.admin.write('DELETE', `${models}/${id}`, { ...write, accept: [404] });
  for (const mapper of wanted) {
    const before = held.protocolMappers?.find(({ name }) => name === mapper.name);
    if (before === undefined) await session.admin.write('POST', models, { ...write, body: mapper });
    else if (!sameMapper(before, mapper)) await session.admin.write('PUT', `${models}/${mapper.id}`, { ...write, body: mapper });
  }
};
