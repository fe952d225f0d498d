import { generateKeyPairSync } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import { exportedClient } from './clients.ts';
import { shownMappers } from './client-scopes.ts';
import { rolesOfClient } from './defined-roles.ts';
import { exportedGroup, groupsOf } from './groups.ts';
import { pathOf } from './memberships.ts';
import { exportedBeside, newRealm, REALM_FIELDS } from './new-realm.ts';
import { exportedRole } from './roles.ts';
import { answer, conflict, linked, MASK, NotImplemented, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';
import { exportedAccount } from './users.ts';
import { ways } from './ways.ts';

const FIELDS = [...REALM_FIELDS, 'supportedLocales', 'defaultGroups'];
export const KEY_PROVIDER = 'org.keycloak.keys.KeyProvider';
const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

/** What a key provider has keys for. */
export const algorithmOf = ({ providerId, config }: Body): string => {
  const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' };
  if (providerId === 'aes-generated') return 'AES';
  if (providerId === 'eddsa-generated') return 'EdDSA';
  const algorithm = config.algorithm?.[0] ?? curves[config.ecdsaEllipticCurveKey?.[0]];
  if (algorithm === undefined) throw new NotImplemented(`keys of ${providerId}`);
  return algorithm;
};

const OTP = { policy: /^otpPolicy/, first: 'otpPolicyType' };
const POLICIES = [OTP, { policy: /^webAuthnPolicy(?!Passwordless)/, first: 'webAuthnPolicyRpEntityName' }, { policy: /^webAuthnPolicyPasswordless/, first: 'webAuthnPolicyPasswordlessRpEntityName' }];

/** Without its first field nothing of a policy is taken; with it, what is not sent is none. */
const policiesIn = (settings: Body, policies = POLICIES): Body => {
  const shown: Body = newRealm('any').rep;
  const made: Body = {};
  for (const { policy, first } of policies)
    for (const field of Object.keys(shown).filter((name) => policy.test(name))) {
      if (settings[first] === undefined) delete settings[field];
      else if (settings[field] === undefined) made[field] = typeof shown[field] === 'number' ? 0 : typeof shown[field] === 'boolean' ? false : undefined;
    }
  return made;
};

export const createRealm = (realms: Map<string, FakeRealm>, body: Body): Answer => {
  const { components = {}, attributes, ...settings } = body;
  onlyKnown(settings, FIELDS);
  onlyKnown(components, [KEY_PROVIDER]);
  if (realms.has(body.realm)) return conflict(`Realm ${body.realm} already exists`);
  const made = newRealm(body.realm);
  const policies = policiesIn(settings, [OTP]);
  Object.assign(made.rep, settings, policies, { attributes: { ...made.rep.attributes, ...attributes } });
  if (components[KEY_PROVIDER]) made.beside.components[KEY_PROVIDER] = (components[KEY_PROVIDER] as Body[]).map((one) => ({ subComponents: {}, ...one }));
  if (components[KEY_PROVIDER]) made.keys = (components[KEY_PROVIDER] as Body[]).map(algorithmOf);
  realms.set(body.realm, made);
  return answer(201);
};

/** Attributes that are settings in truth: what is taken away of them is back at its default. */
const { realmReusableOtpCode: _taken, ...ALWAYS } = newRealm('any').rep.attributes as Body;

const shownRealm = ({ rep }: FakeRealm): Body => ({
  ...rep,
  ...(rep.smtpServer?.password && { smtpServer: { ...rep.smtpServer, password: MASK } }),
});

const exported = (realm: FakeRealm): Body => {
  const accounts = realm.users.filter(({ serviceAccountClientId }) => serviceAccountClientId);
  return {
    ...shownRealm(realm),
    ...exportedBeside(),
    localizationTexts: {},
    ...realm.beside,
    // Which organization one vouches for is not in it.
    identityProviders: (realm.beside.identityProviders as Body[]).map(({ organizationId: _hidden, ...rest }) => rest),
    groups: groupsOf(realm).filter(({ parentId }) => parentId === undefined).map((group) => exportedGroup(realm, group)),
    roles: {
      client: Object.fromEntries(realm.clients.map(({ clientId }) => [clientId, rolesOfClient(realm, clientId).map((role) => exportedRole(realm, role))])),
      realm: realm.roles.map((role) => exportedRole(realm, role)),
    },
    clientScopes: realm.scopes.map(shownMappers),
    clients: realm.clients.map(exportedClient),
    scopeMappings: [
      ...realm.clients.map(({ id, clientId }) => ({ client: clientId, roles: linked(realm, `clients/${id}/scope-mappings/realm`) })),
      ...realm.scopes.map(({ id, name }) => ({ clientScope: name, roles: linked(realm, `client-scopes/${id}/scope-mappings/realm`) })),
    ].filter(({ roles }) => roles.length > 0),
    ...(accounts.length > 0 && { users: accounts.map((user) => exportedAccount(realm, user)) }),
    components: {
      ...realm.beside.components,
      ...(realm.profileWritten && { [PROFILE]: [{ config: { 'kc.user.profile.config': [JSON.stringify(realm.profile)] } }] }),
    },
  };
};

const realmRoutes: readonly Route[] = [
  ...ways,
  ['GET ', ({ realm }) => answer(200, shownRealm(realm))],
  [
    'PUT ',
    ({ realm, body }) => {
      const { roles: _ignored, ...settings } = body;
      onlyKnown(settings, FIELDS);
      const paths = groupsOf(realm).map((group) => pathOf(realm, group));
      if ((body.defaultGroups ?? []).some((path: string) => !paths.includes(path))) return answer(500, { errorMessage: 'Failed to update realm' });
      if (body.smtpServer?.password === MASK) throw new NotImplemented('a mask that is written back');
      const policies = policiesIn(settings);
      // Absent fields are kept, attributes replaced as a whole, and the roles are objects of their own.
      Object.assign(realm.rep, settings, policies, settings.attributes && { attributes: { ...ALWAYS, ...settings.attributes } });
      if (realm.rep.defaultGroups?.length === 0) delete realm.rep.defaultGroups;
      return answer(204);
    },
  ],
  ['POST /partial-export', ({ realm }) => answer(200, exported(realm))],
  ['GET /keys', ({ realm }) => answer(200, { active: Object.fromEntries(realm.keys.map((algorithm) => [algorithm, `kid-${algorithm}`])), keys: (realm.beside.components[KEY_PROVIDER] as readonly Body[]).flatMap(({ id, certificate }) => (id === undefined ? [] : [{ providerId: id, kid: `kid of ${String(id)}`, use: 'SIG', ...(certificate && { certificate }) }])) })],
];

/** Made once: an RSA key takes its time. */
const pairs = new Map<string, Body>();
const publicKey = (algorithm: string): Body => {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm];
  const make = (): Body =>
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
      : curve === undefined
        ? generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
        : generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'jwk' });
  const made = pairs.get(algorithm) ?? make();
  pairs.set(algorithm, made);
  return made;
};

/** The keys that a realm publishes; what is symmetric is not among them. */
export const certs = ({ keys }: FakeRealm): Body => ({
  keys: keys
    .filter((algorithm) => algorithm !== 'AES' && !algorithm.startsWith('HS'))
    .map((algorithm) => {
      const jwk = publicKey(algorithm);
      const certified = jwk.kty === 'RSA' ? { x5c: ['a certificate'], x5t: 'its hash', 'x5t#S256': 'its hash' } : {};
      return { ...jwk, ...certified, kid: `kid-${algorithm}`, alg: algorithm, use: algorithm === 'RSA-OAEP' ? 'enc' : 'sig' };
    }),
});

export const resource: Resource = { routes: realmRoutes, bare: { kind: 'keycloak.realm', path: '', body: { realm: 'shop' }, id: 'shop' } };
