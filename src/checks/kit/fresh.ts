import { authorizationCodeGrant, clientCredentialsGrant } from 'openid-client';
import type { Configuration } from 'openid-client';
import { Secret } from '../../core/secret.ts';
import type { RouteSubject } from '../contract.ts';
import { personOf } from './browser.ts';
import type { Kit } from './index.ts';
import { levelAsked } from './levels.ts';
import { NotGiven } from './given.ts';
import { authorize, wishesOf } from './tokens.ts';

/** A token nobody has shown yet, so that no cache knows it and no other check minds what becomes of it. */
export const freshToken = async (
  kit: Kit,
  subject: RouteSubject,
): Promise<{ readonly token: Secret; readonly configuration: Configuration; /** Of a person. */ readonly idToken?: Secret }> => {
  const { blueprint } = kit;
  const who = kit.whoPasses(subject) ?? '';
  const persona = personOf(blueprint, who, kit.clock);
  if (persona && blueprint.foreign) throw new NotGiven(`a new token of ${who}: nobody signs in for it at an issuer that is not ours`);
  const client = persona ? subject.service.authentication.client : who;
  const configuration = await kit.tokens.configurationOf(client);
  const proof = await kit.tokens.proofs.options(client, configuration);
  if (!persona) return { token: new Secret((await clientCredentialsGrant(configuration, wishesOf(blueprint, client), proof)).access_token), configuration };
  const own = blueprint.realm.clients[client];
  const scope = ['openid', ...(own?.scopes ?? [])].join(' ');
  const redirectUri = own?.redirectUris[0] ?? '';
  const signedIn = await authorize(kit.send, { ...persona, configuration, redirectUri, scope, ask: levelAsked(blueprint, who, client) });
  const { access_token: token, id_token: id } = await authorizationCodeGrant(configuration, signedIn.location, {
    pkceCodeVerifier: signedIn.verifier.reveal(),
    expectedState: signedIn.state,
    expectedNonce: signedIn.nonce,
  }, undefined, proof);
  return { token: new Secret(token), configuration, ...(id !== undefined && { idToken: new Secret(id) }) };
};
