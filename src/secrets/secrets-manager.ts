import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Environment } from '../blueprint/resolve.ts';
import type { Stored } from '../blueprint/stored.ts';
import { environmentConfig } from '../providers/aws-sdk.ts';
import { readEach, regionOf } from './aws.ts';
import type { Given } from './given.ts';

/** The current version of secrets, each read once: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
export const readSecretsManager = (wanted: readonly Stored[], env: Environment): Promise<readonly Given[]> =>
  readEach(wanted, {
    what: 'AWS Secrets Manager',
    action: 'secretsmanager:GetSecretValue',
    read: async (name) => {
      const client = new SecretsManagerClient(environmentConfig(env, 'SECRETS_MANAGER', { region: regionOf(name) }));
      try {
        const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: name }));
        return text ?? { why: 'binary', hint: 'keep it as text: a blueprint sends texts' };
      } finally {
        client.destroy();
      }
    },
  });
