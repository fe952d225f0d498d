import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live, SpecValue } from '../../../core/resource.ts';
import { isSpec } from '../../../core/spec.ts';
import { attributeOf, layered } from '../attributes.ts';
import { FINGERPRINT } from '../fingerprints.ts';
import { ensureKey, firstKeys } from '../keys.ts';
import { notesIn } from '../notes.ts';
import { foreignAttributes, ownerOf, ownership, textMark } from '../ownership.ts';
import { MASK, payloadOf } from '../payload.ts';
import type { RealmRep } from '../representations.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { shippedWith } from '../shipped/index.ts';
import { realm } from '../specs/realm.ts';
import type { RealmSpec } from '../specs/realm.ts';
import { fingerprintOf, secretsIn, unchangedIn, withSecrets } from '../stated-secrets.ts';

type Wanted = Desired<RealmSpec>;

const isSetting = (field: string): boolean => !(Object.hasOwn(realm.fields, field) && realm.fields[field]?.readOnly);

/** The realm's settings. It is never deleted: it holds every account of its users. */
export const realmKind = defineKind<Session, RealmSpec>()({
  name: realm.kind,
  after: [],
  immutable: realm.immutable,
  undeletable: true,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot === undefined) return [];
    const { realm: rep } = snapshot;
    return [{ kind: realm.kind, id: realm.id(rep.realm), spec: toSpec(rep, session), ...ownership(rep.attributes) }];
  },
  put: async (session, desired, live) => {
    const stated = Object.keys(desired.spec).find((field) => !isSetting(field));
    if (stated !== undefined)
      throw new Problem('KEYCLOAK_NOT_A_SETTING', `"${stated}" of a realm cannot be set through raw.keycloak.realm`, {
        at: desired.origin,
        hint: 'Keycloak ignores it there; declare the object in the blueprint, or make it in Keycloak',
      });
    if (live !== undefined || !(await create(session, desired))) {
      await session.settings(async () => {
        // Read anew: attributes are replaced as a whole, and somebody may have added one since the plan.
        const held = await session.admin.read<RealmRep>(session.base, 'read the realm');
        if (live === undefined && ownerOf(held.attributes) !== session.owner) throw appeared(`realm "${session.realm}"`, desired.origin);
        await update(session, desired, held, live);
      });
    }
    await session.allowUserAttributes(desired.origin);
  },
  // A token is signed by the new key only when whoever verifies has it.
  announce: async (session, desired, live) => {
    const [next, now] = [desired, live].map(({ spec }) => spec.defaultSignatureAlgorithm);
    if (!next || next === now) return 'now';
    await ensureKey(session, desired);
    return 'later';
  },
  remove: (session) =>
    Promise.reject(
      new Problem('KEYCLOAK_REALM_KEPT', `realm "${session.realm}" is never deleted by authctl`, {
        hint: 'a realm holds every account of its users: delete it in Keycloak',
      }),
    ),
  release: (session) =>
    session.settings(async () => {
      const { attributes } = await session.admin.read<RealmRep>(session.base, 'read the realm');
      const body = { realm: session.realm, attributes: { ...foreignAttributes(attributes), ...notesIn(attributes) } };
      await session.admin.write('PUT', session.base, { doing: `let go of realm "${session.realm}"`, body });
    }),
});

const toSpec = (rep: RealmRep, session: Pick<Session, 'ofRealm' | 'fingerprints' | 'unjudged'>): RealmSpec => {
  const settings = Object.fromEntries(Object.entries(rep).filter(([field]) => isSetting(field)));
  const secrets = secretsIn(session.ofRealm);
  const unchanged = unchangedIn(session, secrets, attributeOf(rep.attributes, FINGERPRINT), 'secrets of the realm');
  return realm.read(withSecrets({ ...settings, attributes: foreignAttributes(rep.attributes) }, secrets, unchanged));
};

/** Without `clientScopes`, or Keycloak would leave out its built-in ones. False when the realm exists by now. */
const create = async (session: Session, desired: Wanted): Promise<boolean> => {
  const keys = firstKeys(desired.spec.defaultSignatureAlgorithm);
  const status = await session.admin.write('POST', '', {
    doing: `create realm "${session.realm}"`,
    at: desired.origin,
    accept: [409],
    contested: true,
    body: {
      ...layered(together(shippedWith(undefined).shipped.realm, desired.spec), payloadOf(desired.spec)),
      realm: session.realm,
      attributes: attributesOf(session, desired, {}),
      ...(keys && { components: keys }),
    },
  });
  if (status !== 409) session.ownRealm.made();
  return status !== 409;
};

const update = async (session: Session, desired: Wanted, held: RealmRep, live: Pick<Live, 'owner'> | undefined): Promise<void> => {
  const settings: Readonly<Record<string, unknown>> = { ...held };
  const fields = Object.entries(desired.spec).map(([field, wanted]) => [field, merged(settings[field], wanted, field, desired)] as const);
  await session.admin.write('PUT', session.base, {
    doing: `change realm "${session.realm}"`,
    at: desired.origin,
    // Attributes are replaced as a whole: what others put there is sent along.
    body: { ...together(settings, desired.spec), ...Object.fromEntries(fields), realm: session.realm, attributes: attributesOf(session, desired, held.attributes, live) },
  });
  await ensureKey(session, desired);
};

/** Policies of which Keycloak takes no field without the first, and puts nothing in the place of those that are not sent beside it (measured with 26.7.4). */
const POLICIES: readonly RegExp[] = [/^otpPolicy/, /^webAuthnPolicy(?!Passwordless)/, /^webAuthnPolicyPasswordless/];

/** Of a policy of which something is stated, all that is held. */
const together = (held: Readonly<Record<string, unknown>>, stated: RealmSpec): Readonly<Record<string, unknown>> => {
  const touched = POLICIES.filter((policy) => Object.keys(stated).some((field) => policy.test(field)));
  return Object.fromEntries(Object.entries(held).filter(([field]) => touched.some((policy) => policy.test(field))));
};

const attributesOf = (session: Session, desired: Wanted, held: RealmRep['attributes'], live?: Pick<Live, 'owner'>): Record<string, unknown> => {
  const secrets = secretsIn(desired.spec);
  return layered(held, payloadOf(desired.spec.attributes ?? {}), textMark(session.owner, desired, live), {
    [FINGERPRINT]: secrets.length > 0 ? fingerprintOf(session.fingerprints, secrets) : null,
  });
};

/** A map is sent whole, so what the blueprint does not state of it is sent as it is; a mask in it would become the secret. */
const merged = (held: unknown, wanted: SpecValue, field: string, desired: Wanted): unknown => {
  if (wanted === null) return '';
  if (!isSpec(wanted)) return payloadOf({ wanted }).wanted;
  const both = layered({ ...(typeof held === 'object' ? held : {}) }, payloadOf(wanted));
  const masked = Object.entries(both).find(([, value]) => value === MASK);
  if (masked)
    throw new Problem(
      'KEYCLOAK_MASKED',
      `Keycloak hides ${field}.${masked[0]} of realm "${desired.id}": writing ${field} would destroy it`,
      {
        at: desired.origin,
        hint: `state ${field}.${masked[0]} in raw.keycloak.realm as a reference`,
      },
    );
  return both;
};
