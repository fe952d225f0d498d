import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { followedTimes, followsKeys } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { FIXTURE_MARK, newFixtureName } from '../../core/fixture.ts';
import { Problem } from '../../core/problem.ts';
import { issuerName } from '../../providers/kong/specs/marks.ts';
import type { Fixtures } from './fixtures/index.ts';
import type { Send } from './http.ts';
import { selfSigned } from '../../core/certificate.ts';
import type { Harness } from './harness.ts';
import { makeHarness } from './harness.ts';
import { adminOf } from './keycloak-admin.ts';
import { kongAdminOf } from './kong-admin.ts';

/** Seconds that a run waits at most until Kong looks for new keys. */
const LONGEST_WAIT = 30;

interface Scene {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly local: boolean;
  readonly disruptive: boolean;
  readonly fixtures: Fixtures;
}

/**
 * A harness key in the realm and at Kong, for the time of a run: both are fixtures, and go with it. The key has a low priority: Keycloak
 * publishes it and never signs with it. There is no harness where writing is not allowed, where the algorithm is not RSA, behind a Kong
 * whose configuration is a file (nothing can be added to it), and behind one that would take long to see a new key.
 */
export const publishHarness = async (scene: Scene): Promise<Harness | undefined> => {
  const { blueprint, disruptive } = scene;
  const algorithm = blueprint.realm.tokens.algorithm;
  if (!disruptive || !blueprint.targets.keycloak || !algorithm.startsWith('RS') || (kongHoldsKeys(blueprint) && blueprint.targets.kong?.store === 'dbless')) return undefined;
  const { kong } = blueprint.targets;
  const following = kong && followsKeys(blueprint) ? followedTimes(kong).coolDown : 0;
  if (following > LONGEST_WAIT) return undefined;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = await publishKey(scene, privateKey, algorithm);
  await trustAtKong(scene, kid, privateKey, algorithm);
  // Somebody may have asked Kong for an unknown key just before: then it looks for no other until the cool-down is over.
  await setTimeout(following * 1000);
  await forgetKeysAtStandIn(scene);
  return makeHarness(kid, algorithm, privateKey);
};

/** Kong knows keys one by one. Enterprise has them from the issuer's own key set, and so has a guard that follows it. */
const kongHoldsKeys = ({ targets: { kong }, services }: Blueprint): boolean =>
  kong !== undefined && kong.edition !== 'enterprise' && !followsKeys({ targets: { kong } }) && Object.values(services).some(({ authentication }) => authentication.pattern === 'sso');

interface Component {
  readonly id: string;
  readonly name: string;
}

const publishKey = async ({ blueprint, send, disruptive, local, fixtures }: Scene, key: KeyObject, algorithm: string): Promise<string> => {
  const refused = refusedBy('keycloak', { blueprint, disruptive, local });
  const keycloak = await adminOf({ blueprint, send, refused });
  const realm = await keycloak.get<{ id: string }>('');
  const name = newFixtureName(Date.now());
  await fixtures.hold({ target: 'keycloak', sort: 'key', name, within: blueprint.realm.name }, () =>
    keycloak.demand('POST', '/components', {
      name,
      providerId: 'rsa',
      providerType: 'org.keycloak.keys.KeyProvider',
      parentId: realm.id,
      config: {
        priority: ['-200'],
        enabled: ['true'],
        active: ['true'],
        algorithm: [algorithm],
        // It names itself to whoever reads the published keys: no plan trusts it.
        certificate: [selfSigned(name, key, new Date(Date.now() - 60_000), new Date(Date.now() + 86_400_000))],
        privateKey: [key.export({ type: 'pkcs8', format: 'pem' }) as string],
      },
    }),
  );
  const components = await keycloak.get<Component[]>('/components?type=org.keycloak.keys.KeyProvider');
  const made = components.find((component) => component.name === name);
  const held = await keycloak.get<{ keys: { kid: string; providerId: string }[] }>('/keys');
  const kid = held.keys.find(({ providerId }) => providerId === made?.id)?.kid;
  if (kid === undefined) throw new Problem('VERIFY_NO_HARNESS_KEY', 'keycloak did not publish the harness key');
  return kid;
};

/** The harness key becomes a credential of the blueprint's own consumer. */
const trustAtKong = async ({ blueprint, send, disruptive, local, fixtures }: Scene, kid: string, key: KeyObject, algorithm: string): Promise<void> => {
  if (!kongHoldsKeys(blueprint)) return;
  const kong = kongAdminOf({ blueprint, send, refused: refusedBy('kong', { blueprint, disruptive, local }) });
  const consumer = issuerName(blueprint);
  const path = `/consumers/${encodeURIComponent(consumer)}/jwt`;
  const name = newFixtureName(Date.now());
  await fixtures.hold({ target: 'kong', sort: 'credential', name, within: consumer }, () =>
    kong.demand('POST', path, {
      key: kid,
      algorithm,
      rsa_public_key: createPublicKey(key).export({ type: 'spki', format: 'pem' }),
      tags: [FIXTURE_MARK, name],
    }),
  );
  if ((await kong.ask('GET', `${path}/${encodeURIComponent(kid)}`)).status !== 200)
    throw new Problem('VERIFY_NO_HARNESS_KEY', 'kong did not keep the harness key');
};

/** AWS may keep keys for two hours; only a stand-in can be told to forget them. */
export const forgetKeysAtStandIn = async ({ blueprint, local, send }: Pick<Scene, 'blueprint' | 'local' | 'send'>): Promise<void> => {
  const endpoint = blueprint.targets.aws?.endpoint;
  if (!local || endpoint === undefined) return;
  await send({ url: `${endpoint.replace(/\/$/, '')}/_authctl/forget-keys`, method: 'POST', headers: [['Content-Length', '0']], timeout: 5000 });
};

const refusedBy = (target: 'keycloak' | 'kong', { blueprint, local }: Pick<Scene, 'blueprint' | 'disruptive' | 'local'>) => (_what: string, status: number): Problem =>
  new Problem('VERIFY_NO_HARNESS_KEY', `${target} refused the harness key: ${status}`, {
    at: blueprint.at(`targets.${target}`),
    hint: hintAt(target, status, local),
  });

const hintAt = (target: 'keycloak' | 'kong', status: number, local: boolean): string => {
  if (target === 'kong' && status === 405) return 'a Kong without a database takes no credential: say so by targets.kong.store: dbless, and the checks that need one are skipped by name';
  if (target === 'kong' && status === 404) return 'Kong has no consumer of this blueprint: authctl apply makes it';
  return local ? 'is the local stack as authctl apply left it? authctl drift tells' : 'run without --disruptive to leave out the checks that need it';
};
