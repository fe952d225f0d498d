import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { audiencesFrom, audiencesOfClient } from '../../../../src/access/index.ts';
import type { Blueprint, FurtherIssuer, Service } from '../../../../src/blueprint/types.ts';
import { signJws } from '../../../../src/checks/kit/jws.ts';
import type { HttpAnswer } from '../../../../src/checks/kit/http.ts';
import { answerOf } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import type { Now } from './world.ts';

type Claims = Readonly<Record<string, unknown>>;
const JSON_TYPE = { 'content-type': 'application/json' };

const pair = generateKeyPairSync('rsa', { modulusLength: 1024 });
/** Under the key id that our issuer has for its own, as may happen. */
const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'issuer-key', use: 'sig', alg: 'RS256' };

/** The further issuers of a blueprint: each a discovery document, keys, and tokens for whoever has the secret of a client. */
export const createFurther = (blueprint: Blueprint, now: Now) => {
  const tokens = new Map<string, { readonly issuer: FurtherIssuer; readonly claims: Claims }>();
  const seconds = (): number => Math.floor(now() / 1000);
  const at = ({ host, path }: Pick<Incoming, 'host' | 'path'>): FurtherIssuer | undefined =>
    Object.values(blueprint.issuers).find(({ url }) => new URL(url).host === host && path.startsWith(new URL(url).pathname.replace(/\/$/, '')));

  const redeem = (issuer: FurtherIssuer, { form }: Incoming): HttpAnswer => {
    const found = Object.entries(issuer.clients).find(([, { clientId, clientSecret }]) => clientId === form.get('client_id') && clientSecret?.reveal() === form.get('client_secret'));
    if (!found || form.get('grant_type') !== 'client_credentials') return answerOf(401, { error: 'invalid_client' }, JSON_TYPE);
    const [name, { clientId, scopes }] = found;
    const claims = {
      iss: issuer.url, sub: clientId, typ: 'Bearer', azp: clientId, client_id: clientId, jti: randomUUID(), iat: seconds(), exp: seconds() + 300,
      aud: audiencesOfClient(issuer, name), scope: scopes.join(' '), realm_access: { roles: Object.keys(blueprint.realm.roles) },
    };
    const access = signJws({ alg: 'RS256', typ: 'JWT', kid: jwk.kid }, claims, pair.privateKey, 'RS256');
    tokens.set(access, { issuer, claims });
    return answerOf(200, { access_token: access, token_type: 'Bearer', expires_in: 300 }, JSON_TYPE);
  };

  return {
    isAt: (request: Pick<Incoming, 'host' | 'path'>): boolean => at(request) !== undefined,
    answer: (request: Incoming): HttpAnswer => {
      const issuer = at(request);
      if (!issuer) return answerOf(404);
      const { url } = issuer;
      const below = request.path.slice(new URL(url).pathname.replace(/\/$/, '').length);
      if (below === '/.well-known/openid-configuration') return answerOf(200, { issuer: url, jwks_uri: issuer.jwksUri, token_endpoint: `${url}/protocol/openid-connect/token`, response_types_supported: ['code'] }, JSON_TYPE);
      if (below === '/protocol/openid-connect/certs') return answerOf(200, { keys: [jwk] }, JSON_TYPE);
      return below === '/protocol/openid-connect/token' ? redeem(issuer, request) : answerOf(404);
    },
    /** A real token of a further issuer: whose, and what it says. */
    tokenOf: (token: string): { readonly issuer: FurtherIssuer; readonly claims: Claims } | undefined => tokens.get(token),
    /** Its claims where the service takes it. */
    claimsFor: (token: string, service: Pick<Service, 'id' | 'issuers' | 'audience' | 'audiences' | 'authentication' | 'routes'>): Claims | undefined => {
      const held = tokens.get(token);
      if (!held || !service.issuers.includes(held.issuer.name) || Number(held.claims.exp) <= seconds()) return undefined;
      const wanted = service.authentication.issuer === undefined ? audiencesFrom(service, held.issuer) : service.audiences;
      return [held.claims.aud].flat().some((one) => wanted.includes(String(one))) ? held.claims : undefined;
    },
  };
};
export type Further = ReturnType<typeof createFurther>;
