import { adminBaseOf, adminRealmAt, tokenEndpointAt } from '../../blueprint/issuer.ts';
import type { Blueprint } from '../../blueprint/types.ts';
import { Problem } from '../../core/problem.ts';
import { createApi } from './api.ts';
import type { Api } from './api.ts';
import type { Send } from './http.ts';
import { NotGiven } from './given.ts';
import { post } from './tokens.ts';

interface AdminInput {
  readonly blueprint: Blueprint;
  readonly send: Send;
  readonly refused: (what: string, status: number) => Problem;
}

/** The realm's Admin API, as the blueprint's service account. Throws `KEYCLOAK_UNAUTHORIZED`. */
export const adminOf = async ({ blueprint, send, refused }: AdminInput): Promise<Api> => {
  const target = blueprint.targets.keycloak;
  if (blueprint.foreign) throw new NotGiven('the issuer is not ours');
  if (!target) throw new Error('no keycloak target');
  const { realm, clientId, clientSecret } = target.credentials;
  const answer = await post(send, tokenEndpointAt(adminBaseOf(target), realm), {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret.reveal(),
  });
  if (typeof answer.body.access_token !== 'string')
    throw new Problem('KEYCLOAK_UNAUTHORIZED', `keycloak refused the credentials of "${clientId}" (${answer.status})`, {
      at: blueprint.at('targets.keycloak.credentials'),
    });
  return createApi({
    send,
    base: adminRealmAt(target, blueprint.realm.name),
    headers: [['Authorization', `Bearer ${answer.body.access_token}`]],
    target: 'keycloak',
    at: blueprint.at('targets.keycloak'),
    refused,
  });
};
