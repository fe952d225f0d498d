import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { tokenEndpointAt } from '../../blueprint/issuer.ts';
import { newFixtureName } from '../../core/fixture.ts';
import { Problem } from '../../core/problem.ts';
import { Secret } from '../../core/secret.ts';
import type { Kit } from './index.ts';
import { attackerKey, partsOf } from './jws.ts';
import { adminOf } from './keycloak-admin.ts';
import { post } from './tokens.ts';

/** A realm beside the blueprint's, on the same Keycloak: as somebody may have who keeps house there, too. */
export interface OtherRealm {
  /** A real token of it: of a client with the id of ours, for our audiences, with our scopes. */
  readonly token: Secret;
  /** What it signs with. */
  readonly key: KeyObject;
  readonly kid: unknown;
}

const realms = new WeakMap<Kit, Promise<OtherRealm | undefined>>();

/** Made once for a run, and gone at its end. `undefined` where the service account may make no realm, or the algorithm is not RSA. */
export const otherRealm = (kit: Kit): Promise<OtherRealm | undefined> => {
  const made = realms.get(kit) ?? make(kit);
  realms.set(kit, made);
  return made;
};

const make = async (kit: Kit): Promise<OtherRealm | undefined> => {
  const { blueprint, send, fixtures } = kit;
  const { keycloak } = blueprint.targets;
  const { algorithm } = blueprint.realm.tokens;
  if (!keycloak || !algorithm.startsWith('RS')) return undefined;
  const refused = (what: string, status: number): Problem =>
    new Problem('VERIFY_KEYCLOAK', `keycloak answered ${status} to ${what}`, { at: blueprint.at('targets.keycloak') });
  const api = (await adminOf({ blueprint, send, refused })).beside('');
  const privateKey = attackerKey();
  const name = newFixtureName(Date.now());
  const secret = randomBytes(24).toString('base64url');
  const client = blueprint.authentication.client;
  const audiences = [...new Set(Object.values(blueprint.services).map(({ audience }) => audience))];
  const mappers = [
    ...audiences.map((audience) => mapper(`audience ${audience}`, 'oidc-audience-mapper', { 'included.custom.audience': audience })),
    mapper('scope', 'oidc-hardcoded-claim-mapper', { 'claim.name': 'scope', 'claim.value': ['openid', ...Object.keys(blueprint.realm.scopes)].join(' '), 'jsonType.label': 'String' }),
  ];
  const realm = {
    realm: name,
    enabled: true,
    accessTokenLifespan: blueprint.realm.tokens.accessTokenLifespan,
    defaultSignatureAlgorithm: algorithm,
    components: {
      'org.keycloak.keys.KeyProvider': [
        { name: 'own', providerId: 'rsa', config: { priority: ['200'], enabled: ['true'], active: ['true'], algorithm: [algorithm], privateKey: [privateKey.export({ type: 'pkcs8', format: 'pem' })] } },
      ],
    },
    clients: [{ clientId: client, secret, publicClient: false, serviceAccountsEnabled: true, standardFlowEnabled: false, protocolMappers: mappers }],
  };
  const answer = await fixtures.hold({ target: 'keycloak', sort: 'realm', name, within: '' }, () => api.ask('POST', '', realm), ({ status }) => status === 403);
  if (answer.status === 403) return undefined;
  if (answer.status !== 201) throw refused('POST a realm', answer.status);
  const { status, body } = await post(send, tokenEndpointAt(keycloak.url, name), { grant_type: 'client_credentials', client_id: client, client_secret: secret });
  if (typeof body.access_token !== 'string') throw refused('ask the other realm for a token', status);
  return { token: new Secret(body.access_token), key: privateKey, kid: partsOf(body.access_token).header.kid };
};

const mapper = (name: string, protocolMapper: string, config: Readonly<Record<string, string>>): object => ({
  name,
  protocol: 'openid-connect',
  protocolMapper,
  config: { 'access.token.claim': 'true', ...config },
});
