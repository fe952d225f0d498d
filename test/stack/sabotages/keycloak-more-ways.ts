import { generateKeyPairSync } from 'node:crypto';
import { selfSigned } from '../../../src/core/certificate.ts';
import type { KeycloakHand } from './keycloak-hand.ts';
import type { Sabotage, Told } from './table.ts';

const told = (effect: Told['effect'], address: RegExp): Told => ({ effect, address });
const KEY = /^keycloak\.key\/shop\//;
const REALM = /^keycloak\.realm\/shop$/;
const DEFAULTS = /^keycloak\.role\/shop\/default-roles-shop$/;
/** Another key that signs makes others at the gateway. */
const kongsKeys = told('change', /^kong\.jwt_secret\/shop\.issuer\//);
const flow = (alias: string): RegExp => new RegExp(`^keycloak\\.flow/shop/${alias}$`);
const server = { below: '' } as const;

/** A key whose private half somebody has, with a certificate, as `rsa-generated` takes them. */
const ownKey = (): { readonly privateKey: string[]; readonly certificate: string[] } => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bare = (pem: string): string[] => [pem.replaceAll(/-----[^-]+-----|\s/g, '')];
  return { privateKey: bare(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()), certificate: bare(selfSigned('shop', privateKey, new Date(Date.now() - 60_000), new Date(Date.now() + 86_400_000))) };
};
const provider = (name: string, providerId: string, config: object) => ({ name, providerId, providerType: 'org.keycloak.keys.KeyProvider', config: { priority: ['50'], enabled: ['true'], active: ['true'], ...config } });
const withoutDefault = async (hand: KeycloakHand, name: string): Promise<void> => {
  const place = `/default-default-client-scopes/${String((await hand.scope(name)).id)}`;
  await hand.ask('DELETE', place);
  hand.later(() => hand.ask('PUT', place));
};

/** Keys that look as if Keycloak had made them, defaults with less in them, and flows changed in ways that nobody listed. */
export const keycloakMoreWays: readonly Sabotage<KeycloakHand>[] = [
  { what: 'a key of a stranger as one that Keycloak generated', do: (hand) => hand.component(provider('rsa-generated', 'rsa-generated', ownKey())), told: [told('opens', KEY), kongsKeys], verify: ['IDP-47'] },
  { what: 'the same for what is encrypted', do: (hand) => hand.component(provider('rsa-enc-generated', 'rsa-enc-generated', { ...ownKey(), algorithm: ['RSA-OAEP'] })), told: told('opens', KEY), verify: ['IDP-47'] },
  {
    what: 'the same in the realm that rules the server', told: told('opens', /^keycloak\.administrators\/shop$/), verify: ['IDP-47'],
    do: async (hand) => {
      const { id } = await hand.ask<{ id: string }>('GET', '/master', undefined, server);
      const made = { id: crypto.randomUUID(), parentId: id, ...provider('rsa-generated', 'rsa-generated', ownKey()) };
      await hand.ask('POST', '/master/components', made, server);
      hand.later(() => hand.ask('DELETE', `/master/components/${made.id}`, undefined, server));
    },
  },
  { what: 'a second secret for refresh tokens and links in mail', do: (hand) => hand.component(provider('theirs', 'hmac-generated', { algorithm: ['HS512'], priority: ['300'] })), told: told('weakens', KEY), verify: ['IDP-48'] },
  { what: 'new clients do not get the scope roles', do: (hand) => withoutDefault(hand, 'roles'), told: told('differs', REALM) },
  {
    what: 'nobody gets offline tokens', told: told('breaks', DEFAULTS),
    do: async (hand) => {
      const [everybody, gone] = [await hand.role('default-roles-shop'), await hand.role('offline_access')];
      await hand.ask('DELETE', `/roles-by-id/${String(everybody.id)}/composites`, [gone]);
      hand.later(() => hand.ask('POST', `/roles-by-id/${String(everybody.id)}/composites`, [gone]));
    },
  },
  { what: 'the password is one way of two', do: (hand) => hand.requirement('browser', 'auth-username-password-form', 'ALTERNATIVE'), told: told('opens', flow('browser')), verify: ['IDP-47'] },
  { what: 'a session must be there before anybody signs in', do: (hand) => hand.requirement('browser', 'auth-cookie', 'REQUIRED'), told: told('weakens', flow('browser')), verify: ['IDP-48'] },
  { what: 'no session counts', do: (hand) => hand.requirement('browser', 'auth-cookie', 'DISABLED'), told: told('weakens', flow('browser')) },
  {
    what: 'everybody is sent to an identity provider that a step names', told: told('weakens', flow('browser')),
    do: async (hand) => {
      const step = async () => (await hand.ask<{ id: string; providerId?: string; authenticationConfig?: string }[]>('GET', '/authentication/flows/browser/executions')).find(({ providerId }) => providerId === 'identity-provider-redirector');
      await hand.ask('POST', `/authentication/executions/${(await step())?.id ?? ''}/config`, { alias: 'theirs', config: { defaultProvider: 'evil' } });
      const made = (await step())?.authenticationConfig ?? '';
      hand.later(() => hand.ask('DELETE', `/authentication/config/${made}`));
    },
  },
  { what: 'a password is not looked at where one is sent for tokens', do: async (hand) => {
    await hand.requirement('direct grant', 'direct-grant-validate-password', 'DISABLED');
    await hand.newClient('theirs', { publicClient: true, directAccessGrantsEnabled: true });
  }, told: told('opens', flow('direct grant')), verify: ['IDP-47'] },
  { what: 'clients need no secret that have one', do: (hand) => hand.requirement('clients', 'client-secret', 'DISABLED'), told: told('breaks', flow('clients')) },
  { what: 'accounts of people who come from elsewhere are not asked for', do: (hand) => hand.requirement('first broker login', 'Handle Existing Account', 'DISABLED'), told: told('differs', flow('first broker login')) },
  {
    what: 'a client with the name of our audience, a role of which everybody has', verify: ['IDP-47'],
    told: ['orders', 'admin-cli', 'security-admin-console'].map((name) => told('opens', new RegExp(`^keycloak\\.client/shop/${name}$`))),
    do: async (hand) => {
      await hand.newClient('orders', { publicClient: true, redirectUris: ['https://evil.example/cb'], fullScopeAllowed: true });
      const { id } = await hand.client('orders');
      await hand.ask('POST', `/clients/${String(id)}/roles`, { name: 'x' });
      await hand.give(`/roles-by-id/${String((await hand.role('default-roles-shop')).id)}/composites`, [await hand.ask('GET', `/clients/${String(id)}/roles/x`)]);
    },
  },
  {
    what: 'tokens say no more for which services they are, by the scope roles', told: told('breaks', /^keycloak\.client-scope\/shop\/roles$/),
    do: async (hand) => {
      const { id, protocolMappers } = await hand.scope('roles');
      const mapper = (protocolMappers as { id: string; protocolMapper: string }[]).find(({ protocolMapper }) => protocolMapper === 'oidc-audience-resolve-mapper');
      await hand.ask('DELETE', `/client-scopes/${String(id)}/protocol-mappers/models/${mapper?.id ?? ''}`);
      hand.later(() => hand.ask('POST', `/client-scopes/${String(id)}/protocol-mappers/models`, mapper));
    },
  },
  ...(['authctl-lock.shop', 'authctl-verify-zzzzzz-0123456789ab'] as const).map((name): Sabotage<KeycloakHand> => ({
    what: `a client of a stranger with our scopes, called ${name}`, told: told('opens', new RegExp(`^keycloak\\.client/shop/${name}$`)), verify: ['IDP-44', 'IDP-47'],
    do: async (hand) => {
      await hand.newClient(name, { publicClient: true, redirectUris: ['https://evil.example/cb'] });
      await hand.link(`/clients/${String((await hand.client(name)).id)}/optional-client-scopes/${String((await hand.scope('orders:read')).id)}`);
    },
  })),
  { what: 'a key from outside, called as what verify makes', do: (hand) => hand.component(provider('authctl-verify-zzzzzz-0123456789ab', 'rsa', ownKey())), told: [told('opens', KEY), kongsKeys], verify: ['IDP-47'] },

  // What is nobody's business.
  {
    what: 'a key that Keycloak generated, beside the first', told: 'silent',
    // Of an algorithm that no service takes, and lower than the one that signs.
    do: (hand) => hand.component(provider('second', 'rsa-enc-generated', { algorithm: ['RSA-OAEP-256'] })),
  },
  { what: 'a flow of others that nothing is bound to', do: (hand) => hand.passwordless('theirs'), told: 'silent' },
  { what: 'a group of others without a role', do: (hand) => hand.newGroup('book-club'), told: 'silent' },
];
