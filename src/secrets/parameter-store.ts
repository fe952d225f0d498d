import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import { groupBy } from '../core/collections.ts';
import { Problem } from '../core/problem.ts';
import { clientConfig, problemOf } from './aws.ts';
import { textOrField } from './given.ts';
import type { Given } from './given.ts';

const WHAT = 'AWS SSM Parameter Store';

/**
 * Parameters, decrypted, each read once; `name:3` and `name:label` mean a version, as the API takes them:
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export const readParameterStore = async (wanted: readonly Stored[], env: Environment): Promise<readonly Given[]> =>
  (await Promise.all([...groupBy(wanted, ({ name }) => name)].map(([name, its]) => readOne(name, its, env)))).flat();

const readOne = async (name: string, its: readonly Stored[], env: Environment): Promise<readonly Given[]> => {
  const failed = (why: (one: Stored) => Problem): readonly Given[] => its.slice(0, 1).map((one) => [one, why(one)] as const);
  const client = new SSMClient(clientConfig(env, 'SSM', name));
  try {
    const { Parameter: { Value: text } = {} } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    if (text === undefined || text === '') return failed(({ reference, at }) => new Problem('SECRETS_MISSING', `what ${reference} refers to is empty`, { at }));
    return its.map((one) => [one, textOrField(text, one)] as const);
  } catch (thrown) {
    return failed((one) => problemOf(thrown, WHAT, 'ssm:GetParameter', one));
  } finally {
    client.destroy();
  }
};
