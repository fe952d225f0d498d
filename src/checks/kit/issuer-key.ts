import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import axios, { isAxiosError } from 'axios';
import type { AxiosInstance } from 'axios';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem, unreachable } from '../../core/problem.ts';
import type { Harness } from './harness.ts';
import { makeHarness } from './harness.ts';
import { adminOf } from './keycloak.ts';

interface Scene {
  readonly blueprint: Blueprint;
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
  const { blueprint } = scene;
  const algorithm = blueprint.realm.tokens.algorithm;
  if (!wanted || !scene.disruptive || !blueprint.targets.keycloak || !algorithm.startsWith('RS')) return work(undefined);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keycloak = await adminOf(blueprint);
  const taken: (() => Promise<void>)[] = [];
  try {
    const kid = await publishKey(keycloak, blueprint, privateKey, algorithm, taken);
    await trustAtKong(blueprint, kid, privateKey, algorithm, taken);
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

const publishKey = async (
  keycloak: AxiosInstance,
  blueprint: Blueprint,
  key: KeyObject,
  algorithm: string,
  taken: (() => Promise<void>)[],
): Promise<string> => {
  try {
    const { data: realm } = await keycloak.get<{ id: string }>('');
    const { data: before } = await keycloak.get<Component[]>('/components', { params: { type: 'org.keycloak.keys.KeyProvider' } });
    // A run that was killed leaves its key behind; the next one takes it away.
    for (const { id, name } of before) if (name === PROVIDER_NAME) await keycloak.delete(`/components/${id}`);
    await keycloak.post('/components', {
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
    const { data: components } = await keycloak.get<Component[]>('/components', { params: { type: 'org.keycloak.keys.KeyProvider' } });
    const made = components.find(({ name }) => name === PROVIDER_NAME);
    taken.push(() => withdrawKey(blueprint, made?.id ?? ''));
    const { data: held } = await keycloak.get<{ keys: { kid: string; providerId: string }[] }>('/keys');
    const kid = held.keys.find(({ providerId }) => providerId === made?.id)?.kid;
    if (kid === undefined) throw new Problem('VERIFY_NO_HARNESS_KEY', 'keycloak did not publish the harness key');
    return kid;
  } catch (thrown) {
    throw asProblem('keycloak', blueprint, thrown);
  }
};

/** A run may last longer than the login it began with, and a key that stays would be trusted for ever. */
const withdrawKey = async (blueprint: Blueprint, id: string): Promise<void> => {
  const { status } = await (await adminOf(blueprint)).delete(`/components/${id}`, { validateStatus: () => true });
  if (status === 204 || status === 404) return;
  throw new Problem('VERIFY_HARNESS_KEY_LEFT', `keycloak did not take the harness key away (${status}): the realm still publishes it`, {
    at: blueprint.at('targets.keycloak'),
    hint: `delete the key provider "${PROVIDER_NAME}" of realm ${blueprint.realm.name}, or run verify again`,
  });
};

/** Kong knows keys one by one: the harness key becomes a credential of the blueprint's own consumer, for the time of the run. */
const trustAtKong = async (blueprint: Blueprint, kid: string, key: KeyObject, algorithm: string, taken: (() => Promise<void>)[]): Promise<void> => {
  const target = blueprint.targets.kong;
  if (!target || !Object.values(blueprint.services).some(({ authentication }) => authentication.pattern === 'sso')) return;
  const { createPublicKey } = await import('node:crypto');
  const kong = axios.create({
    baseURL: target.admin.url,
    timeout: 15_000,
    ...(target.admin.token && { headers: { 'kong-admin-token': target.admin.token.reveal() } }),
  });
  const path = `/consumers/${encodeURIComponent(`${blueprint.name}.issuer`)}/jwt`;
  try {
    await kong.post(path, {
      key: kid,
      algorithm,
      rsa_public_key: createPublicKey(key).export({ type: 'spki', format: 'pem' }),
      tags: ['authctl-verify'],
    });
    taken.push(async () => void (await kong.delete(`${path}/${encodeURIComponent(kid)}`, { validateStatus: () => true })));
    const verifierHas = async (): Promise<boolean> => (await kong.get(`${path}/${encodeURIComponent(kid)}`, { validateStatus: () => true })).status === 200;
    if (!(await verifierHas())) throw new Problem('VERIFY_NO_HARNESS_KEY', 'kong did not keep the harness key');
  } catch (thrown) {
    throw asProblem('kong', blueprint, thrown);
  }
};

/** AWS may keep keys for two hours; only a stand-in can be told to forget them. */
const forgetKeysAtStandIn = async ({ blueprint, local }: Scene): Promise<void> => {
  const endpoint = blueprint.targets.aws?.endpoint;
  if (!local || endpoint === undefined) return;
  await axios.post(`${endpoint.replace(/\/$/, '')}/_authctl/forget-keys`, undefined, { validateStatus: () => true, timeout: 5000 });
};

const asProblem = (target: 'keycloak' | 'kong', blueprint: Blueprint, thrown: unknown): unknown => {
  if (!isAxiosError(thrown)) return thrown;
  if (!thrown.response) return unreachable(target, thrown.config?.baseURL ?? '', thrown, blueprint.at(`targets.${target}`));
  return new Problem('VERIFY_NO_HARNESS_KEY', `${target} refused the harness key: ${thrown.response.status}`, {
    at: blueprint.at(`targets.${target}`),
    hint: 'run without --disruptive to leave out the checks that need it',
  });
};
