import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Spec, SpecValue } from '../../../core/resource.ts';
import { CREDENTIAL } from '../credentials.ts';
import { ensureKey, firstKeys } from '../keys.ts';
import { attributeOf, foreignAttributes, mergedAttributes, ownerOf, ownership, textMark } from '../mark.ts';
import type { RealmRep } from '../representations.ts';
import { sealOf, secretsIn, withSecrets } from '../sealed.ts';
import { appeared } from '../session.ts';
import type { Session } from '../session.ts';
import { MASK, asSet, isSpec, payloadOf } from '../specs.ts';

/** Parts of an export that are objects of their own: `PUT` of a realm ignores them without a word. */
const NOT_SETTINGS = [
  'id', 'realm', 'keycloakVersion', 'defaultRole', 'roles', 'groups', 'clients', 'clientScopes', 'users', 'components',
  'scopeMappings', 'clientScopeMappings', 'protocolMappers', 'defaultDefaultClientScopes', 'defaultOptionalClientScopes',
  'identityProviders', 'identityProviderMappers', 'authenticationFlows', 'authenticatorConfig', 'requiredActions', 'localizationTexts',
]; // prettier-ignore
const SETS = ['eventsListeners', 'enabledEventTypes', 'supportedLocales', 'defaultGroups', 'otpSupportedApplications'];

export const realm = defineKind<Session>()({
  name: 'keycloak.realm',
  after: [],
  immutable: [],
  undeletable: true,
  list: async (session) => {
    const snapshot = await session.snapshot();
    if (snapshot === undefined) return [];
    const { realm: rep } = snapshot;
    return [{ kind: 'keycloak.realm', id: rep.realm, spec: toSpec(rep, session), ...ownership(rep.attributes), ref: rep.id }];
  },
  put: async (session, desired, live) => {
    const stated = NOT_SETTINGS.find((field) => field in desired.spec);
    if (stated !== undefined)
      throw new Problem('KEYCLOAK_NOT_A_SETTING', `"${stated}" of a realm cannot be set through raw.keycloak.realm`, {
        at: desired.origin,
        hint: 'Keycloak ignores it there; declare the object in the blueprint, or make it in Keycloak',
      });
    if (live !== undefined || !(await create(session, desired))) {
      // Read anew: attributes are replaced as a whole, and somebody may have added one since the plan.
      const held = await session.admin.read<RealmRep>(session.base, 'read the realm');
      if (live === undefined && ownerOf(held.attributes) !== session.owner) throw appeared(`realm "${session.realm}"`, desired.origin);
      await update(session, desired, held);
    }
    await session.allowUserAttributes(desired.origin);
  },
  remove: (session) =>
    Promise.reject(
      new Problem('KEYCLOAK_REALM_KEPT', `realm "${session.realm}" is never deleted by authctl`, {
        hint: 'a realm holds every account of its users: delete it in Keycloak',
      }),
    ),
});

const toSpec = (rep: RealmRep, session: Pick<Session, 'raw' | 'credentials'>): Spec => {
  const stated: Readonly<Record<string, unknown>> = session.raw.realm;
  const settings = Object.entries(rep).filter(([field]) => !NOT_SETTINGS.includes(field));
  const spec = {
    ...Object.fromEntries(
      settings.map(([field, value]) => [field, SETS.includes(field) ? asSet(value, stated[field]) : (value as SpecValue)]),
    ),
    attributes: foreignAttributes(rep.attributes) as Spec,
  };
  const secrets = secretsIn(session.raw.realm);
  return withSecrets(spec, secrets, attributeOf(rep.attributes, CREDENTIAL) === sealOf(session.credentials, secrets));
};

/** Without `clientScopes`, or Keycloak would leave out its built-in ones. False when the realm exists by now. */
const create = async (session: Session, desired: Desired): Promise<boolean> => {
  const keys = firstKeys(desired.spec.defaultSignatureAlgorithm);
  const status = await session.admin.write('POST', '', {
    doing: `create realm "${session.realm}"`,
    at: desired.origin,
    accept: [409],
    body: {
      ...(payloadOf(withoutNulls(desired.spec)) as object),
      realm: session.realm,
      attributes: attributesOf(session, desired, {}),
      ...(keys && { components: keys }),
    },
  });
  return status !== 409;
};

const update = async (session: Session, desired: Desired, held: RealmRep): Promise<void> => {
  const settings: Readonly<Record<string, unknown>> = { ...held };
  const fields = Object.entries(desired.spec).map(([field, wanted]) => [field, merged(settings[field], wanted, field, desired)] as const);
  await session.admin.write('PUT', session.base, {
    doing: `change realm "${session.realm}"`,
    at: desired.origin,
    // Attributes are replaced as a whole: what others put there is sent along.
    body: { ...Object.fromEntries(fields), realm: session.realm, attributes: attributesOf(session, desired, held.attributes) },
  });
  await ensureKey(session, desired);
};

const attributesOf = (session: Session, desired: Desired, held: RealmRep['attributes']): Record<string, unknown> => {
  const secrets = secretsIn(desired.spec);
  const wanted = isSpec(desired.spec.attributes) ? (payloadOf(desired.spec.attributes) as Record<string, unknown>) : {};
  return mergedAttributes(held, wanted, textMark(session.owner, desired), {
    [CREDENTIAL]: secrets.length > 0 ? sealOf(session.credentials, secrets) : null,
  });
};

/** A map is sent whole, so what the blueprint does not state of it is sent as it is; a mask in it would become the secret. */
const merged = (held: unknown, wanted: SpecValue, field: string, desired: Desired): unknown => {
  if (wanted === null) return '';
  if (!isSpec(wanted)) return payloadOf(wanted);
  const both = mergedAttributes(held as Record<string, unknown> | undefined, payloadOf(wanted) as Record<string, unknown>);
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

const withoutNulls = (spec: Spec): Spec => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null));
