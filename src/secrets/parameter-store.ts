import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import { environmentConfig } from '../providers/aws-sdk.ts';
import { readEach, regionOf } from './aws.ts';
import type { Given } from './given.ts';

/**
 * Parameters, decrypted, each read once; `name:3` and `name:label` mean a version, as the API takes them:
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
 */
export const readParameterStore = (wanted: readonly Stored[], env: Environment): Promise<readonly Given[]> =>
  readEach(wanted, {
    what: 'AWS SSM Parameter Store',
    action: 'ssm:GetParameter',
    read: async (name) => {
      const client = new SSMClient(environmentConfig(env, 'SSM', { region: regionOf(name) }));
      try {
        const { Parameter: { Value: text = '' } = {} } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
        return text === '' ? { why: 'empty' } : text;
      } finally {
        client.destroy();
      }
    },
  });
