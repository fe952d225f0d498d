import { defineKind } from '../../../core/provider.ts';
import { addressOf, refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { isForbidden } from '../client.ts';
import { payloadOf } from '../payload.ts';
import type { IdentityProviderRep, OrganizationRep } from '../representations.ts';
import { changesBetween } from '../role-mappings.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { nameIn } from '../specs/id.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import { organization } from '../specs/organization.ts';
import type { OrganizationSpec } from '../specs/organization.ts';
import { realm } from '../specs/realm.ts';

type Wanted = Desired<OrganizationSpec>;
/** Rows per request. */
const PAGE = 2000;

/**
 * Organizations, which no export shows. What they have for attributes may stand in tokens, so that whose they are is noted among those of the realm.
 */
export const organizationKind = defineKind<Session, OrganizationSpec, OrganizationRep>()({
  name: organization.kind,
  after: [realm.kind, identityProvider.kind],
  immutable: organization.immutable,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot?.realm.organizationsEnabled !== true) return [];
    const all = await readAll(session).catch((thrown: unknown) => {
      if (session.raw.entities.organizations !== undefined || !isForbidden(thrown)) throw thrown;
      session.refused.set('organizations', 'view-organizations');
      return [];
    });
    const vouching = all.length > 0 && (snapshot.exported?.identityProviders ?? []).length > 0 ? await session.admin.list<IdentityProviderRep>(`${session.base}/identity-provider/instances`, 'list identity providers') : [];
    return all.map((rep) => toLive(session, rep, vouching.flatMap(({ alias, organizationId }) => (organizationId === rep.id ? [alias] : []))));
  },
  put: async (session, desired, live) => {
    const address = addressOf(desired);
    if (live !== undefined && live.owner === undefined) await session.notes.hold(address, 'takenOver', desired.origin);
    const made = live === undefined ? await create(session, desired) : { held: refOf(live), fresh: false };
    if (!made.fresh) await update(session, desired, made.held);
    await vouch(session, desired, made.held.id, made.fresh ? [] : live?.spec.identityProviders);
    if (live === undefined) await session.notes.hold(address, 'ours', desired.origin);
  },
  remove: async (session, live) => {
    await session.admin.write('DELETE', pathOf(session, refOf(live).id), { doing: `delete organization "${nameIn(live.id)}"`, accept: [404] });
    await session.notes.hold(addressOf(live), null);
  },
  release: (session, live) => session.notes.hold(addressOf(live), null),
});

const pathOf = ({ base }: Session, id: string): string => `${base}/organizations/${id}`;

const readAll = async ({ admin, base }: Session): Promise<readonly OrganizationRep[]> => {
  const rows: OrganizationRep[] = [];
  for (;;) {
    const page = await admin.list<OrganizationRep>(`${base}/organizations?briefRepresentation=false&first=${rows.length}&max=${PAGE}`, 'list organizations');
    rows.push(...page);
    if (page.length < PAGE) return rows;
  }
};

const aliasOf = ({ alias, name, id }: OrganizationRep): string => alias ?? name ?? id;

const toLive = (session: Session, rep: OrganizationRep, identityProviders: readonly string[]): Live<OrganizationSpec, OrganizationRep> => {
  const { name = '', enabled = true, description = null, redirectUrl = null, domains = [], attributes = {} } = rep;
  const id = organization.id(session.realm, aliasOf(rep));
  return {
    kind: organization.kind,
    id,
    spec: organization.read({ name, enabled, description, redirectUrl, attributes, identityProviders, domains: Object.fromEntries(domains.map((one) => [one.name, one.verified ?? false])) }),
    ...session.notes.holder(addressOf({ kind: organization.kind, id })),
    ref: rep,
  };
};

const bodyOf = (desired: Wanted): Record<string, unknown> => {
  const { identityProviders: _linked, domains, attributes, ...fields } = desired.spec;
  return {
    ...payloadOf(fields),
    alias: nameIn(desired.id),
    ...(domains !== undefined && { domains: Object.entries(domains ?? {}).flatMap(([name, verified]) => (verified === null ? [] : [{ name, verified }])) }),
    ...(attributes !== undefined && { attributes: layered(payloadOf(attributes ?? {})) }),
  };
};

/** It is not `fresh` when it was there already, and of this blueprint. */
const create = async (session: Session, desired: Wanted): Promise<{ readonly held: OrganizationRep; readonly fresh: boolean }> => {
  const alias = nameIn(desired.id);
  const status = await session.admin.write('POST', `${session.base}/organizations`, { doing: `make organization "${alias}"`, at: desired.origin, accept: [409], body: layered(bodyOf(desired)) });
  const made = (await readAll(session)).find((rep) => aliasOf(rep) === alias);
  if (made === undefined || (status === 409 && session.notes.holder(addressOf(desired)).owner !== session.owner)) throw appeared(`organization "${alias}", or one of its domains,`, desired.origin);
  return { held: made, fresh: status !== 409 };
};

/** `PUT` forgets what it is not given. */
const update = async (session: Session, desired: Wanted, held: OrganizationRep): Promise<void> => {
  const { id, ...before } = held;
  const { attributes, ...stated } = bodyOf(desired);
  const body = { ...layered(before, stated), attributes: layered(held.attributes, typeof attributes === 'object' ? { ...attributes } : {}) };
  await session.admin.write('PUT', pathOf(session, id), { doing: `change organization "${nameIn(desired.id)}"`, at: desired.origin, body });
};

/** An identity provider vouches for one organization at most. */
const vouch = async (session: Session, desired: Wanted, id: string, held: readonly string[] | null | undefined): Promise<void> => {
  const wanted = desired.spec.identityProviders;
  if (wanted == null) return;
  const doing = `say who vouches for the people of organization "${nameIn(desired.id)}"`;
  const path = `${pathOf(session, id)}/identity-providers`;
  const { add, drop } = changesBetween(held ?? (await session.admin.list<IdentityProviderRep>(path, doing)).map(({ alias }) => alias), wanted);
  for (const alias of drop) await session.admin.write('DELETE', `${path}/${encodeURIComponent(alias)}`, { doing, at: desired.origin, accept: [404] });
  for (const alias of add) await session.admin.write('POST', path, { doing, at: desired.origin, body: alias });
};
