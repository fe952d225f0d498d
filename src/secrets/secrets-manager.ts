import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import { groupBy } from '../core/collections.ts';
import { Problem } from '../core/problem.ts';
import { clientConfig, problemOf } from './aws.ts';
import { textOrField } from './given.ts';
import type { Given } from './given.ts';

const WHAT = 'AWS Secrets Manager';

/** The current version of secrets, each read once: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export const readSecretsManager = async (wanted: readonly Stored[], env: Environment): Promise<readonly Given[]> =>
  (await Promise.all([...groupBy(wanted, ({ name }) => name)].map(([name, its]) => readOne(name, its, env)))).flat();

const readOne = async (name: string, its: readonly Stored[], env: Environment): Promise<readonly Given[]> => {
  const failed = (why: (one: Stored) => Problem): readonly Given[] => its.slice(0, 1).map((one) => [one, why(one)] as const);
  const client = new SecretsManagerClient(clientConfig(env, 'SECRETS_MANAGER', name));
  try {
    const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (text === undefined) return failed(({ reference, at }) => new Problem('SECRETS_MISSING', `what ${reference} refers to is binary`, { at, hint: 'keep it as text: a blueprint sends texts' }));
    return its.map((one) => [one, textOrField(text, one)] as const);
  } catch (thrown) {
    return failed((one) => problemOf(thrown, WHAT, 'secretsmanager:GetSecretValue', one));
  } finally {
    client.destroy();
  }
};
