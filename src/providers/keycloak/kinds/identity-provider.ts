import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { attributeOf, layered } from '../attributes.ts';
import { withDefaults } from '../defaults.ts';
import { FINGERPRINT } from '../fingerprints.ts';
import { foreignAttributes, ownerOf, ownership, textMark } from '../ownership.ts';
import { payloadOf } from '../payload.ts';
import type { IdentityProviderRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { flow } from '../specs/flow.ts';
import { nameIn } from '../specs/id.ts';
import { identityProvider } from '../specs/identity-provider.ts';
import type { IdentityProviderSpec } from '../specs/identity-provider.ts';
import { realm } from '../specs/realm.ts';
import { fingerprintOf, secretsIn, unchangedIn, withSecrets } from '../stated-secrets.ts';

type Wanted = Desired<IdentityProviderSpec>;

/** Another server that vouches for people. The mark is in its configuration, where Keycloak keeps whatever it is given. */
export const identityProviderKind = defineKind<Session, IdentityProviderSpec, IdentityProviderRep>()({
  name: identityProvider.kind,
  // It names flows.
  after: [realm.kind, flow.kind],
  immutable: identityProvider.immutable,
  list: async (session) => ((await session.snapshot())?.exported?.identityProviders ?? []).map((rep) => toLive(rep, session)),
  put: async (session, desired, live) => {
    const held = live === undefined ? await create(session, desired) : refOf(live);
    if (held !== undefined) await update(session, desired, held, live);
  },
  remove: async (session, live) => {
    const { alias } = refOf(live);
    await session.admin.write('DELETE', pathOf(session, alias), { doing: `delete identity provider "${alias}"`, accept: [404] });
  },
  release: async (session, live) => {
    const { alias, config, ...rep } = refOf(live);
    const body = { ...rep, alias, config: foreignAttributes(config) };
    await session.admin.write('PUT', pathOf(session, alias), { doing: `let go of identity provider "${alias}"`, body, accept: [404] });
  },
});

const pathOf = ({ base }: Session, alias: string): string => `${base}/identity-provider/instances/${encodeURIComponent(alias)}`;

const toLive = (rep: IdentityProviderRep, session: Session): Live<IdentityProviderSpec, IdentityProviderRep> => {
  const { alias, config, ...fields } = rep;
  const stated = secretsIn(session.raw.entities.identityProviders?.[alias]?.config ?? {});
  const unchanged = unchangedIn(session, stated, attributeOf(config, FINGERPRINT), `secrets of identity provider ${alias}`);
  return {
    kind: identityProvider.kind,
    id: identityProvider.id(session.realm, alias),
    spec: identityProvider.read({ ...withDefaults(identityProvider.fields, fields), config: withSecrets(foreignAttributes(config), stated, unchanged) }),
    ...ownership(config),
    ref: rep,
  };
};

/** The whole of it: `PUT` takes what it is not given for off. A mask that is sent back leaves the secret as it is. */
const bodyOf = (session: Session, desired: Wanted, held: Partial<IdentityProviderRep>, live: Pick<Live, 'owner'> | undefined): object => {
  const { config, ...fields } = desired.spec;
  const secrets = secretsIn(config ?? {});
  return {
    ...layered({ ...held }, payloadOf(fields)),
    alias: nameIn(desired.id),
    config: layered(held.config, payloadOf(config ?? {}), textMark(session.owner, desired, live), {
      [FINGERPRINT]: secrets.length > 0 ? fingerprintOf(session.fingerprints, secrets) : null,
    }),
  };
};

/** Answers the one that is there already and ours, for `update`. */
const create = async (session: Session, desired: Wanted): Promise<IdentityProviderRep | undefined> => {
  const alias = nameIn(desired.id);
  const write = { doing: `create identity provider "${alias}"`, at: desired.origin, accept: [409], body: bodyOf(session, desired, {}, undefined) };
  if ((await session.admin.write('POST', `${session.base}/identity-provider/instances`, write)) !== 409) return undefined;
  const held = await session.admin.read<IdentityProviderRep>(pathOf(session, alias), `read identity provider "${alias}"`);
  if (ownerOf(held.config) !== session.owner) throw appeared(`identity provider "${alias}"`, desired.origin);
  return held;
};

const update = (session: Session, desired: Wanted, held: IdentityProviderRep, live: Pick<Live, 'owner'> | undefined): Promise<number> =>
  session.admin.write('PUT', pathOf(session, held.alias), { doing: `change identity provider "${held.alias}"`, at: desired.origin, body: bodyOf(session, desired, held, live) });
