import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';
import type { Send } from './http.ts';
import type { Harness } from './harness.ts';
import { makeHarness } from './harness.ts';
import { adminOf } from './keycloak.ts';

interface Scene {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly local: boolean;
  readonly disruptive: boolean;
  readonly env: NodeJS.ProcessEnv;
}

const PROVIDER_NAME = 'authctl-verify';

/**
 * Runs `work` with a harness key in the realm and at Kong, and takes both away again, however it ends. The key has a low priority:
 * Keycloak publishes it and never signs with it. Where writing is not allowed, or the algorithm is not RSA, there is no harness.
 */
export const withHarness = async <T>(scene: Scene, wanted: boolean, work: (harness: Harness | undefined) => Promise<T>): Promise<T> => {
  const { blueprint, send } = scene;
  const algorithm = blueprint.realm.tokens.algorithm;
  if (!wanted || !scene.disruptive || !blueprint.targets.keycloak || !algorithm.startsWith('RS')) return work(undefined);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keycloak = await adminOf({ blueprint, send, refused: refusedBy('keycloak', blueprint) });
  const taken: (() => Promise<void>)[] = [];
  try {
    const kid = await publishKey(keycloak, scene, privateKey, algorithm, taken);
    await trustAtKong(scene, kid, privateKey, algorithm, taken);
    await forgetKeysAtStandIn(scene);
    return await work(makeHarness(kid, algorithm, privateKey));
  } finally {
    for (const undo of taken.reverse()) await undo();
    await forgetKeysAtStandIn(scene);
  }
};

interface Component {
  readonly id: string;
  readonly name: string;
}

const KEY_PROVIDERS = '/components?type=org.keycloak.keys.KeyProvider';

const publishKey = async (keycloak: Api, scene: Scene, key: KeyObject, algorithm: string, taken: (() => Promise<void>)[]): Promise<string> => {
  const realm = await keycloak.get<{ id: string }>('');
  const before = await keycloak.get<Component[]>(KEY_PROVIDERS);
  // A run that was killed leaves its key behind; the next one takes it away.
  for (const { id, name } of before) if (name === PROVIDER_NAME) await keycloak.demand('DELETE', `/components/${id}`);
  await keycloak.demand('POST', '/components', {
    name: PROVIDER_NAME,
    providerId: 'rsa',
    providerType: 'org.keycloak.keys.KeyProvider',
    parentId: realm.id,
    config: {
      priority: ['-200'],
      enabled: ['true'],
      active: ['true'],
      algorithm: [algorithm],
      privateKey: [key.export({ type: 'pkcs8', format: 'pem' }) as string],
    },
  });
  const components = await keycloak.get<Component[]>(KEY_PROVIDERS);
  const made = components.find(({ name }) => name === PROVIDER_NAME);
  taken.push(() => withdrawKey(scene, made?.id ?? ''));
  const held = await keycloak.get<{ keys: { kid: string; providerId: string }[] }>('/keys');
  const kid = held.keys.find(({ providerId }) => providerId === made?.id)?.kid;
  if (kid === undefined) throw new Problem('VERIFY_NO_HARNESS_KEY', 'keycloak did not publish the harness key');
  return kid;
};

/** A run may last longer than the login it began with, and a key that stays would be trusted for ever. */
const withdrawKey = async ({ blueprint, send }: Scene, id: string): Promise<void> => {
  const keycloak = await adminOf({ blueprint, send, refused: refusedBy('keycloak', blueprint) });
  const { status } = await keycloak.ask('DELETE', `/components/${id}`);
  if (status === 204 || status === 404) return;
  throw new Problem('VERIFY_HARNESS_KEY_LEFT', `keycloak did not take the harness key away (${status}): the realm still publishes it`, {
    at: blueprint.at('targets.keycloak'),
    hint: `delete the key provider "${PROVIDER_NAME}" of realm ${blueprint.realm.name}, or run verify again`,
  });
};

/** Kong knows keys one by one: the harness key becomes a credential of the blueprint's own consumer, for the time of the run. */
const trustAtKong = async ({ blueprint, send }: Scene, kid: string, key: KeyObject, algorithm: string, taken: (() => Promise<void>)[]): Promise<void> => {
  const target = blueprint.targets.kong;
  if (!target || !Object.values(blueprint.services).some(({ authentication }) => authentication.pattern === 'sso')) return;
  const kong = createApi({
    send,
    base: target.admin.url.replace(/\/$/, ''),
    headers: target.admin.token ? [['kong-admin-token', target.admin.token.reveal()]] : [],
    target: 'kong',
    at: blueprint.at('targets.kong'),
    refused: refusedBy('kong', blueprint),
  });
  const path = `/consumers/${encodeURIComponent(`${blueprint.name}.issuer`)}/jwt`;
  await kong.demand('POST', path, {
    key: kid,
    algorithm,
    rsa_public_key: createPublicKey(key).export({ type: 'spki', format: 'pem' }),
    tags: ['authctl-verify'],
  });
  taken.push(async () => void (await kong.ask('DELETE', `${path}/${encodeURIComponent(kid)}`)));
  if ((await kong.ask('GET', `${path}/${encodeURIComponent(kid)}`)).status !== 200)
    throw new Problem('VERIFY_NO_HARNESS_KEY', 'kong did not keep the harness key');
};

/** AWS may keep keys for two hours; only a stand-in can be told to forget them. */
const forgetKeysAtStandIn = async ({ blueprint, local, send }: Scene): Promise<void> => {
  const endpoint = blueprint.targets.aws?.endpoint;
  if (!local || endpoint === undefined) return;
  await send({ url: `${endpoint.replace(/\/$/, '')}/_authctl/forget-keys`, method: 'POST', headers: [['Content-Length', '0']], timeout: 5000 });
};

const refusedBy = (target: 'keycloak' | 'kong', blueprint: Blueprint) => (_what: string, status: number): Problem =>
  new Problem('VERIFY_NO_HARNESS_KEY', `${target} refused the harness key: ${status}`, {
    at: blueprint.at(`targets.${target}`),
    hint: 'run without --disruptive to leave out the checks that need it',
  });
