import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { layered } from '../attributes.ts';
import { foreignAttributes, ownerOf, ownership, textMark } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { IdentityProviderMapperRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { identityProviderMapper } from '../specs/identity-provider-mapper.ts';
import type { IdentityProviderMapperSpec } from '../specs/identity-provider-mapper.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import { role } from '../specs/role.ts';

type Wanted = Desired<IdentityProviderMapperSpec>;

/** A mapper of an identity provider: an object of its own, so that one that nobody stated is never taken away with a change of the others. */
export const identityProviderMapperKind = defineKind<Session, IdentityProviderMapperSpec, IdentityProviderMapperRep>()({
  name: identityProviderMapper.kind,
  after: [identityProvider.kind, role.kind],
  immutable: identityProviderMapper.immutable,
  list: async (session) => ((await session.snapshot())?.exported?.identityProviderMappers ?? []).map((rep) => toLive(rep, session.realm)),
  put: async (session, desired, live) => {
    const held = live === undefined ? await create(session, desired) : refOf(live);
    if (held === undefined) return;
    const body = { ...bodyOf(session, desired, held, live), id: held.id };
    await session.admin.write('PUT', `${pathOf(session, held.identityProviderAlias)}/${held.id}`, { doing: `change ${named(held)}`, at: desired.origin, body });
  },
  remove: async (session, live) => {
    const held = refOf(live);
    await session.admin.write('DELETE', `${pathOf(session, held.identityProviderAlias)}/${held.id}`, { doing: `delete ${named(held)}`, accept: [404] });
  },
  release: async (session, live) => {
    const held = refOf(live);
    const body = { ...held, config: foreignAttributes(held.config) };
    await session.admin.write('PUT', `${pathOf(session, held.identityProviderAlias)}/${held.id}`, { doing: `let go of ${named(held)}`, body, accept: [404] });
  },
});

const pathOf = ({ base }: Session, alias: string): string => `${base}/identity-provider/instances/${encodeURIComponent(alias)}/mappers`;
const named = ({ name, identityProviderAlias: alias }: Pick<IdentityProviderMapperSpec, 'name' | 'identityProviderAlias'>): string => `mapper "${name}" of identity provider "${alias}"`;

const toLive = (rep: IdentityProviderMapperRep, realmName: string): Live<IdentityProviderMapperSpec, IdentityProviderMapperRep> => {
  const { identityProviderAlias, name, identityProviderMapper: type, config } = rep;
  return {
    kind: identityProviderMapper.kind,
    id: identityProviderMapper.id(realmName, identityProviderAlias, name),
    spec: identityProviderMapper.read({ identityProviderAlias, name, identityProviderMapper: type, config: foreignAttributes(config) }),
    ...ownership(config),
    ref: rep,
  };
};

const bodyOf = (session: Session, { spec, ...desired }: Wanted, held: Partial<IdentityProviderMapperRep>, live: Pick<Live, 'owner'> | undefined): object => ({
  ...payloadOf(spec),
  config: layered(held.config, payloadOf(spec.config ?? {}), textMark(session.owner, desired, live)),
});

/** Answers the one that is there already and ours. Keycloak says 400 to a name that is taken, as to everything else that it does not like. */
const create = async (session: Session, desired: Wanted): Promise<IdentityProviderMapperRep | undefined> => {
  const path = pathOf(session, desired.spec.identityProviderAlias);
  const write = { doing: `create ${named(desired.spec)}`, at: desired.origin, body: bodyOf(session, desired, {}, undefined) };
  if ((await session.admin.write('POST', path, { ...write, accept: [400] })) !== 400) return undefined;
  const all = await session.admin.list<IdentityProviderMapperRep>(path, `list the mappers of identity provider "${desired.spec.identityProviderAlias}"`);
  const held = all.find(({ name }) => name === desired.spec.name);
  if (held === undefined) await session.admin.write('POST', path, write);
  else if (ownerOf(held.config) !== session.owner) throw appeared(named(desired.spec), desired.origin);
  return held;
};
