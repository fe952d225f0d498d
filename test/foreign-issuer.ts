import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { JWTPayload } from 'jose';

interface Client {
  readonly clientId: string;
  readonly secret: string;
  readonly scopes: readonly string[];
}

/**
 * An issuer that is nobody's Keycloak, with tokens as a user pool of Cognito writes them: an access token names its client and no audience, an ID token
 * has the client for its audience and no scope.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export const startForeignIssuer = async ({ clients = [] }: { readonly clients?: readonly Client[] } = {}) => {
  let keys = await newKeys('key-1');
  /** What the document says in place of what is right. */
  let document: Readonly<Record<string, unknown>> = {};
  /** What it publishes besides its key. */
  let more: readonly object[] = [];
  let minted = 0;
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const answer = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/pool/.well-known/openid-configuration')
      return answer(200, { issuer: url, jwks_uri: `${url}/keys`, token_endpoint: `${url}/oauth2/token`, authorization_endpoint: `${url}/login`, response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'], ...document });
    if (request.url === '/pool/keys') return answer(200, { keys: [keys.jwk, ...more] });
    if (request.url !== '/pool/oauth2/token') return answer(404, { error: 'not_found' });
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => {
      const form = new URLSearchParams(text);
      const client = clients.find(({ clientId, secret }) => clientId === form.get('client_id') && secret === form.get('client_secret'));
      if (!client || form.get('grant_type') !== 'client_credentials') return answer(400, { error: 'invalid_client' });
      void access({ sub: client.clientId, client_id: client.clientId, scope: client.scopes.join(' ') }).then((access_token) => answer(200, { access_token, token_type: 'Bearer', expires_in: 3600 }));
    });
  });
  let connections = 0;
  server.on('connection', () => void (connections += 1));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
  const sign = (claims: JWTPayload, ends: string | number): Promise<string> =>
    new SignJWT({ iss: url, jti: `token-${String((minted += 1))}`, auth_time: Math.floor(Date.now() / 1000), ...claims }).setProtectedHeader({ alg: 'RS256', kid: keys.jwk.kid }).setIssuedAt().setExpirationTime(ends).sign(keys.privateKey);
  const access = (claims: JWTPayload, ends: string | number = '1h'): Promise<string> => sign({ token_use: 'access', version: 2, ...claims }, ends);
  return {
    url,
    requests,
    connections: (): number => connections,
    access,
    id: (claims: JWTPayload): Promise<string> => sign({ token_use: 'id', ...claims }, '1h'),
    says: (changes: Readonly<Record<string, unknown>>): void => {
      document = changes;
    },
    publishes: (besides: readonly object[]): void => {
      more = besides;
    },
    rotate: async (kid: string): Promise<void> => {
      keys = await newKeys(kid);
    },
    close: (): Promise<void> => new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    }),
  };
};

const newKeys = async (kid: string) => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' } };
};
