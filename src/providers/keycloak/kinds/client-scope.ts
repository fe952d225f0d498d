import { randomUUID } from 'node:crypto';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live, Spec } from '../../../core/resource.ts';
import { heldRoles, linkRoles } from '../links.ts';
import { mapperReps, mapperSpecs } from '../mappers.ts';
import { foreignAttributes, mergedAttributes, ownerOf, ownership, textMark } from '../mark.ts';
import type { ClientScopeRep, MapperRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { isSpec, nameIn, payloadOf, strings } from '../specs.ts';

/** A client scope with its mappers and the realm roles it brings. */
export const clientScope = defineKind<Session>()({
  name: 'keycloak.client-scope',
  after: ['keycloak.realm', 'keycloak.role'],
  // Keycloak accepts the change of protocol and leaves the mappers of the old one behind.
  immutable: ['protocol'],
  list: async (session) => {
    const snapshot = await session.snapshot();
    return (snapshot?.scopes ?? []).map((rep) => toLive(rep, snapshot?.scopeRoles.get(rep.name), session.realm));
  },
  put: async (session, desired, live) => {
    const held = live === undefined ? await create(session, desired) : (live.ref as ClientScopeRep);
    if (held !== undefined) await update(session, desired, held);
    const wanted = strings(desired.spec.scopeMappings);
    if (wanted === undefined) return;
    const { id } = (await session.scopes.refs([nameIn(desired.id)], desired.origin))[0] ?? { id: '' };
    const path = `/client-scopes/${id}/scope-mappings/realm`;
    const doing = `give client scope "${nameIn(desired.id)}" its roles`;
    const roles = held === undefined ? [] : (strings(live?.spec.scopeMappings) ?? (await heldRoles(session, path, doing)));
    await linkRoles(session, { path, held: roles, wanted, doing, at: desired.origin });
  },
  remove: async (session, live) => {
    const { id, name } = live.ref as ClientScopeRep;
    await session.admin.write('DELETE', `${session.base}/client-scopes/${id}`, { doing: `delete client scope "${name}"`, accept: [404] });
    session.scopes.forget(name);
  },
});

const toLive = (rep: ClientScopeRep, roles: readonly string[] | undefined, realm: string): Live => ({
  kind: 'keycloak.client-scope',
  id: `${realm}/${rep.name}`,
  spec: {
    ...(rep as unknown as Spec),
    attributes: foreignAttributes(rep.attributes) as Spec,
    mappers: mapperSpecs(rep.protocolMappers),
    ...(roles && { scopeMappings: roles.toSorted() }),
  },
  ...ownership(rep.attributes),
  ref: rep,
});

const bodyOf = (session: Session, desired: Desired): { [field: string]: unknown; attributes: Record<string, unknown> } => {
  const { mappers: _mappers, scopeMappings: _roles, attributes, ...fields } = desired.spec;
  return {
    ...(payloadOf(fields) as object),
    name: nameIn(desired.id),
    attributes: { ...(isSpec(attributes) && (payloadOf(attributes) as object)), ...textMark(session.owner, desired) },
  };
};

const protocolOf = (desired: Desired): string => (typeof desired.spec.protocol === 'string' ? desired.spec.protocol : 'openid-connect');

/** Answers the scope when it is there already and ours, for `update`. */
const create = async (session: Session, desired: Desired): Promise<ClientScopeRep | undefined> => {
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
      protocol: protocolOf(desired),
      attributes: mergedAttributes(body.attributes),
      protocolMappers: mapperReps(desired.spec.mappers, protocolOf(desired)),
    },
  });
  if (status !== 409) {
    session.scopes.add({ id, name });
    return undefined;
  }
  const scopes = await session.admin.read<readonly ClientScopeRep[]>(`${session.base}/client-scopes`, 'list client scopes');
  const held = scopes.find((scope) => scope.name === name);
  if (held === undefined || ownerOf(held.attributes) !== session.owner) throw appeared(`client scope "${name}"`, desired.origin);
  session.scopes.add(held);
  return held;
};

/** `PUT` of a scope merges attributes and ignores mappers: each mapper is a request, and only those that differ are sent. */
const update = async (session: Session, desired: Desired, held: ClientScopeRep): Promise<void> => {
  const path = `${session.base}/client-scopes/${held.id}`;
  const write = { doing: `change client scope "${held.name}"`, at: desired.origin };
  await session.admin.write('PUT', path, { ...write, body: bodyOf(session, desired) });
  session.scopes.add(held);
  if (desired.spec.mappers === undefined) return;
  const wanted = mapperReps(desired.spec.mappers, protocolOf(desired), held.protocolMappers);
  const models = `${path}/protocol-mappers/models`;
  for (const mapper of held.protocolMappers ?? [])
    if (!wanted.some(({ name }) => name === mapper.name))
      await session.admin.write('DELETE', `${models}/${mapper.id}`, { ...write, accept: [404] });
  for (const mapper of wanted) {
    const before = held.protocolMappers?.find(({ name }) => name === mapper.name);
    if (before === undefined) await session.admin.write('POST', models, { ...write, body: mapper });
    else if (!sameMapper(before, mapper)) await session.admin.write('PUT', `${models}/${mapper.id}`, { ...write, body: mapper });
  }
};

const sameMapper = (a: MapperRep, b: MapperRep): boolean =>
  a.protocolMapper === b.protocolMapper && canonical(a.config) === canonical(b.config);

const canonical = (config: object | undefined): string =>
  JSON.stringify(Object.entries(config ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
