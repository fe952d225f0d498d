import { authctl, stackEnv } from '../authctl.ts';
import type { KeycloakHand } from './keycloak-hand.ts';
import type { Sabotage, Told } from './table.ts';

const told = (effect: Told['effect'], address: RegExp): Told => ({ effect, address });
const REALM = /^keycloak\.realm\/shop$/;
const SAM = /^keycloak\.user\/shop\/sam$/;
const REPORTS = /^keycloak\.client\/shop\/reports$/;
const MASTERS = /^keycloak\.administrators\/shop$/;
const server = { below: '' } as const;
const gone = { below: '', missing: true } as const;

/** Another way to prove who sam is, beside the password. */
const proof = async (hand: KeycloakHand, type: string, secretData: object, credentialData: object): Promise<void> => {
  const { id } = await hand.user('sam');
  const place = `/users/${String(id)}`;
  hand.later(async () => {
    for (const one of await hand.ask<{ id: string; type: string }[]>('GET', `${place}/credentials`)) if (one.type === type) await hand.ask('DELETE', `${place}/credentials/${one.id}`);
  });
  await hand.ask('PUT', place, { credentials: [{ type, userLabel: 'theirs', secretData: JSON.stringify(secretData), credentialData: JSON.stringify(credentialData) }] });
};

/** Somebody in the realm that rules the server. */
const ofTheServer = async (hand: KeycloakHand): Promise<string> => {
  await hand.ask('POST', '/master/users', { username: 'mallory', enabled: true }, server);
  const [made] = await hand.ask<{ id: string }[]>('GET', '/master/users?exact=true&username=mallory', undefined, server);
  hand.later(() => hand.ask('DELETE', `/master/users/${made?.id ?? ''}`, undefined, gone));
  return made?.id ?? '';
};
const masterRole = (hand: KeycloakHand): Promise<unknown> => hand.ask('GET', '/master/roles/admin', undefined, server);

/** Ways in that are no objects of the blueprint: other proofs, tokens that make clients, organizations, decisions of Keycloak, and who rules from outside. */
export const keycloakWays: readonly Sabotage<KeycloakHand>[] = [
  {
    what: 'somebody has set the password of sam',
    do: async (hand) => {
      hand.later(() => authctl('apply', 'blueprints/sso.yaml', '--yes'));
      await hand.ask('PUT', `/users/${String((await hand.user('sam')).id)}/reset-password`, { type: 'password', value: 'theirs-and-not-ours', temporary: false });
    },
    told: told('change', SAM),
  },
  {
    // Keycloak shows no password: that somebody set it is all that can be known, and it is told until authctl has set it again.
    what: 'somebody has set the password of sam to what it was',
    do: async (hand) => {
      hand.later(() => authctl('apply', 'blueprints/sso.yaml', '--yes'));
      await hand.ask('PUT', `/users/${String((await hand.user('sam')).id)}/reset-password`, { type: 'password', value: stackEnv().SAM_PASSWORD, temporary: false });
    },
    told: told('change', SAM),
  },
  {
    what: 'sam has a one-time password',
    do: (hand) => proof(hand, 'otp', { value: 'JBSWY3DPEHPK3PXP' }, { subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' }),
    told: told('breaks', SAM),
  },
  {
    what: 'sam has the passkey of a stranger',
    do: (hand) => proof(hand, 'webauthn-passwordless', {}, { aaguid: '00000000-0000-0000-0000-000000000000', credentialId: 'AAAA', counter: 0, credentialPublicKey: 'AAAA', attestationStatementFormat: 'none', transports: [] }),
    told: told('opens', SAM),
    verify: ['IDP-47'],
  },
  {
    what: 'somebody holds a token that makes clients',
    do: async (hand) => {
      const { id } = await hand.ask<{ id: string }>('POST', '/clients-initial-access', { count: 2, expiration: 3600 });
      hand.later(() => hand.ask('DELETE', `/clients-initial-access/${id}`, undefined, { missing: true }));
    },
    told: told('opens', /^keycloak\.initial-access-token\/shop\/[0-9a-f-]{36}$/),
    verify: ['IDP-47'],
  },
  {
    what: 'an organization of strangers',
    do: async (hand) => {
      await hand.realm({ organizationsEnabled: true });
      await hand.ask('POST', '/organizations', { name: 'theirs', alias: 'theirs', enabled: true, domains: [{ name: 'theirs.example', verified: false }] });
      const made = await hand.named('/organizations', 'theirs');
      hand.later(() => hand.ask('DELETE', `/organizations/${String(made.id)}`, undefined, { missing: true }));
    },
    told: [told('weakens', /^keycloak\.organization\/shop\/theirs$/), told('differs', REALM)],
    verify: ['IDP-48'],
  },
  {
    what: 'Keycloak decides itself what may be done at reports',
    do: async (hand) => {
      const place = `/clients/${String((await hand.client('reports')).id)}`;
      hand.later(() => hand.ask('DELETE', `${place}/roles/uma_protection`, undefined, { missing: true }));
      await hand.changeClient('reports', { authorizationServicesEnabled: true });
      await hand.ask('POST', `${place}/authz/resource-server/resource`, { name: 'theirs', uris: ['/theirs/*'] });
    },
    told: told('weakens', REPORTS),
    verify: ['IDP-48'],
  },
  {
    what: 'rights over people are given one by one',
    do: async (hand) => {
      await hand.realm({ adminPermissionsEnabled: true });
      const place = `/clients/${String((await hand.client('admin-permissions')).id)}/authz/resource-server`;
      const policy = await hand.ask<{ id: string }>('POST', `${place}/policy/role`, { name: 'customers', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', roles: [{ id: (await hand.role('customer')).id as string }] });
      hand.later(() => hand.ask('DELETE', `${place}/policy/${policy.id}`, undefined, { missing: true }));
      const permission = await hand.ask<{ id: string }>('POST', `${place}/permission/scope`, { name: 'all', resourceType: 'Users', scopes: ['manage'], policies: [policy.id], decisionStrategy: 'UNANIMOUS' });
      hand.later(() => hand.ask('DELETE', `${place}/permission/scope/${permission.id}`, undefined, { missing: true }));
    },
    told: [told('weakens', REALM), told('opens', /^keycloak\.client\/shop\/admin-permissions$/)],
    verify: ['IDP-47', 'IDP-48'],
  },
  {
    what: 'somebody rules the server',
    do: async (hand) => hand.ask('POST', `/master/users/${await ofTheServer(hand)}/role-mappings/realm`, [await masterRole(hand)], server),
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'somebody of the server sets passwords of this realm',
    do: async (hand) => {
      const [client] = await hand.ask<{ id: string }[]>('GET', '/master/clients?clientId=shop-realm', undefined, server);
      const role = await hand.ask('GET', `/master/clients/${client?.id ?? ''}/roles/manage-users`, undefined, server);
      await hand.ask('POST', `/master/users/${await ofTheServer(hand)}/role-mappings/clients/${client?.id ?? ''}`, [role], server);
    },
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'a group whose people rule the server',
    do: async (hand) => {
      await hand.ask('POST', '/master/groups', { name: 'bosses' }, server);
      const group = (await hand.ask<{ id: string; name: string }[]>('GET', '/master/groups', undefined, server)).find(({ name }) => name === 'bosses');
      hand.later(() => hand.ask('DELETE', `/master/groups/${group?.id ?? ''}`, undefined, gone));
      await hand.ask('POST', `/master/groups/${group?.id ?? ''}/role-mappings/realm`, [await masterRole(hand)], server);
      await hand.ask('PUT', `/master/users/${await ofTheServer(hand)}/groups/${group?.id ?? ''}`, undefined, server);
    },
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'the account of a client sets passwords of this realm from the realm that rules the server, which has no people',
    do: async (hand) => {
      await hand.ask('POST', '/master/clients', { clientId: 'theirs', protocol: 'openid-connect', publicClient: false, standardFlowEnabled: false, directAccessGrantsEnabled: false, serviceAccountsEnabled: true }, server);
      const [made] = await hand.ask<{ id: string }[]>('GET', '/master/clients?clientId=theirs', undefined, server);
      hand.later(() => hand.ask('DELETE', `/master/clients/${made?.id ?? ''}`, undefined, gone));
      const account = await hand.ask<{ id: string }>('GET', `/master/clients/${made?.id ?? ''}/service-account-user`, undefined, server);
      const [client] = await hand.ask<{ id: string }[]>('GET', '/master/clients?clientId=shop-realm', undefined, server);
      const role = await hand.ask('GET', `/master/clients/${client?.id ?? ''}/roles/manage-users`, undefined, server);
      await hand.ask('POST', `/master/users/${account.id}/role-mappings/clients/${client?.id ?? ''}`, [role], server);
    },
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'a role of the server that contains admin, and somebody who has it',
    do: async (hand) => {
      await hand.ask('POST', '/master/roles', { name: 'theirs' }, server);
      hand.later(() => hand.ask('DELETE', '/master/roles/theirs', undefined, gone));
      const role = await hand.ask<{ id: string }>('GET', '/master/roles/theirs', undefined, server);
      await hand.ask('POST', `/master/roles-by-id/${role.id}/composites`, [await masterRole(hand)], server);
      await hand.ask('POST', `/master/users/${await ofTheServer(hand)}/role-mappings/realm`, [role], server);
    },
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'anybody makes an account in the realm that rules the server',
    do: async (hand) => {
      hand.later(() => hand.ask('PUT', '/master', { registrationAllowed: false }, server));
      await hand.ask('PUT', '/master', { registrationAllowed: true }, server);
    },
    told: told('weakens', MASTERS),
    verify: ['IDP-48'],
  },
  {
    what: 'codes for the login of authctl go elsewhere',
    do: async (hand) => {
      const [login] = await hand.ask<{ id: string }[]>('GET', '/master/clients?clientId=authctl', undefined, server);
      const path = `/master/clients/${login?.id ?? ''}`;
      hand.later(() => hand.ask('PUT', path, login, server));
      await hand.ask('PUT', path, { ...login, standardFlowEnabled: true, redirectUris: ['https://evil.example/*'] }, server);
    },
    told: told('opens', MASTERS),
    verify: ['IDP-47'],
  },
  {
    what: 'who signs in is written down for a year',
    do: async (hand) => {
      // What was not there before stays as it is when it is left out.
      hand.later(() => hand.ask('PUT', '', { eventsExpiration: 0 }));
      await hand.realm({ eventsEnabled: true, eventsExpiration: 31_536_000 });
    },
    told: told('differs', REALM),
  },
  { what: 'what administrators do is written down, with what they sent', do: (hand) => hand.realm({ adminEventsEnabled: true, adminEventsDetailsEnabled: true }), told: told('differs', REALM) },
  { what: 'an attribute of the realm that nobody knows', do: (hand) => hand.realm({ attributes: { novel: 'x' } }), told: told('differs', REALM) },

  // What is nobody's business.
  { what: 'somebody of the server without a right', do: (hand) => ofTheServer(hand), told: 'silent' },
];
