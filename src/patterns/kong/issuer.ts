import { kongVerifies } from '../../access/index.ts';
import { followsKeys } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { isObject } from '../../core/json.ts';
import type { Desired } from '../../core/resource.ts';
import { kong } from '../../providers/kong/specs/index.ts';
import { issuerName } from '../../providers/kong/specs/marks.ts';
import { issuerBefore, made, servicesBehind } from '../objects.ts';
import type { Part } from '../objects.ts';

/** What Keycloak publishes, as the provider's output `keys` gives it. */
export interface PublishedKey {
  readonly kid: string;
  readonly alg: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly pem: string;
}

const isPublishedKey = (value: unknown): value is PublishedKey =>
  isObject(value) && ['kid', 'alg', 'pem'].every((field) => typeof value[field] === 'string');

/** The issuer as open-source Kong's jwt plugin knows it: one consumer, one credential per published key. */
export const issuerPart = (blueprint: Blueprint): Part => {
  // On Enterprise the keys come by discovery, and a guard that follows them fetches them itself.
  if (blueprint.targets.kong?.edition === 'enterprise' || followsKeys(blueprint) || !servicesBehind(blueprint, 'kong').some(kongVerifies)) return { desired: [] };
  const username = issuerName(blueprint);
  const consumer = kong.consumer.address(username);
  const credential = ({ kid, alg, pem }: PublishedKey): Desired => ({
    ...made(blueprint, 'realm', kong.jwtSecret, [username, kid], { consumer: { username }, key: kid, algorithm: alg, rsa_public_key: pem }, [consumer]),
    joint: true,
  });
  return {
    desired: [{ ...made(blueprint, 'realm', kong.consumer, [username], { username }), joint: true }],
    deferred: [
      {
        kind: kong.jwtSecret.kind,
        id: kong.jwtSecret.id(username, `<one per key of ${blueprint.issuer}>`),
        after: [...issuerBefore(blueprint), consumer],
        origin: blueprint.at('realm'),
        needs: { provider: blueprint.foreign ? 'issuer' : 'keycloak', output: 'keys' },
        hint: blueprint.foreign ? `${blueprint.issuer} publishes no key for ${blueprint.realm.tokens.algorithm}; the keys that Kong trusts stay as they are` : `realm "${blueprint.realm.name}" publishes no key for ${blueprint.realm.tokens.algorithm}: switch its key provider on in Keycloak (Realm settings, Keys); the keys that Kong trusts stay as they are`,
        expand: (keys) =>
          (Array.isArray(keys) ? keys : [])
            .filter(isPublishedKey)
            .filter(({ alg }) => alg === blueprint.realm.tokens.algorithm)
            .map(credential),
      },
    ],
  };
};

/** Whose credential the scope guard asks for: a key of another consumer of a shared Kong must not sign for our issuer. None where no key is in Kong. */
export const trustedConsumer = (blueprint: Blueprint): string | null => (followsKeys(blueprint) ? null : issuerName(blueprint));
