import { createPublicKey } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import { isFixtureKey } from '../../core/fixture.ts';
import type { Desired } from '../../core/resource.ts';
import type { KeycloakAdmin } from './client.ts';
import type { RealmRep } from './representations.ts';
import type { Session } from './session.ts';
import type { RealmSpec } from './specs/realm.ts';

/** A public signing key of the realm, in the two forms that verifiers take. */
interface RealmKey {
  readonly kid: string;
  readonly alg: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  /** SubjectPublicKeyInfo, RFC 7468 section 13. */
  readonly pem: string;
}

/**
 * The keys a realm publishes for signatures (RFC 7517), sorted by kid; `undefined` while there is no such realm. One that a run of verify
 * holds for a while is no key of the issuer: whoever trusted it would trust it for ever.
 */
export const readKeys = async (admin: KeycloakAdmin, realm: string): Promise<readonly RealmKey[] | undefined> => {
  const path = `/${encodeURIComponent(realm)}/protocol/openid-connect/certs`;
  const found = await admin.published<{ keys?: readonly JsonWebKey[] }>(path, `publish the keys of realm "${realm}"`);
  return found?.keys
    ?.filter((jwk) => jwk.use === 'sig' && typeof jwk.kid === 'string' && typeof jwk.alg === 'string' && !isFixtureKey(jwk))
    .map((jwk) => ({
      kid: String(jwk.kid),
      alg: String(jwk.alg),
      jwk: { ...jwk },
      pem: createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString(),
    }))
    .toSorted((a, b) => (a.kid < b.kid ? -1 : 1));
};

export const KEY_PROVIDER = 'org.keycloak.keys.KeyProvider';
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** The component that generates keys for an algorithm (Server Administration Guide, "Configuring realm keys"). */
export const generator = (algorithm: string): { name: string; providerId: string; config: Record<string, string[]> } => {
  const config = { priority: ['100'], enabled: ['true'], active: ['true'] };
  const name = `authctl-${algorithm.toLowerCase()}`;
  if (algorithm === 'EdDSA') return { name, providerId: 'eddsa-generated', config: { ...config, eddsaEllipticCurveKey: ['Ed25519'] } };
  const curve = CURVES[algorithm];
  if (curve !== undefined) return { name, providerId: 'ecdsa-generated', config: { ...config, ecdsaEllipticCurveKey: [curve] } };
  return { name, providerId: 'rsa-generated', config: { ...config, algorithm: [algorithm], keySize: ['2048'] } };
};

/**
 * The key providers of a new realm that does not sign with Keycloak's default, RS256: without one of its own Keycloak would make a
 * `fallback-...` key at the first token, and publish nothing before. Naming one leaves out the defaults, so the other two are named too.
 */
export const firstKeys = (algorithm: string | null): Record<string, readonly object[]> | undefined =>
  !algorithm || algorithm === 'RS256'
    ? undefined
    : {
        [KEY_PROVIDER]: [
          generator(algorithm),
          { name: 'hmac-generated-hs512', providerId: 'hmac-generated', config: { priority: ['100'], algorithm: ['HS512'] } },
          { name: 'aes-generated', providerId: 'aes-generated', config: { priority: ['100'] } },
        ],
      };

/** Gives an existing realm a key for its algorithm when no active one fits. */
export const ensureKey = async ({ admin, base }: Session, desired: Desired<RealmSpec>): Promise<void> => {
  const algorithm = desired.spec.defaultSignatureAlgorithm;
  // The raw part may leave it to Keycloak.
  if (!algorithm) return;
  const { active } = await admin.read<{ active?: Readonly<Record<string, string>> }>(`${base}/keys`, 'read the keys of the realm');
  if (active?.[algorithm] !== undefined) return;
  const { id } = await admin.read<RealmRep>(base, 'read the realm');
  await admin.write('POST', `${base}/components`, {
    doing: `make a key for ${algorithm}`,
    at: desired.origin,
    body: { ...generator(algorithm), providerType: KEY_PROVIDER, parentId: id },
  });
};
