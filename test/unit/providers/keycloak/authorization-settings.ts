import type { Blueprint } from '../../../../src/blueprint/types.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { shopWith } from './entities.ts';

type Stated = NonNullable<Blueprint['raw']['keycloak']['entities']['clients']>[string];

/** Something of everything that authorization services decide by, as an export of Keycloak has it. */
export const settings = {
  policyEnforcementMode: 'ENFORCING',
  decisionStrategy: 'UNANIMOUS',
  allowRemoteResourceManagement: false,
  scopes: [{ name: 'read', displayName: 'Read', iconUri: 'https://library.test/read.png' }, { name: 'lend' }, { name: 'burn' }],
  resources: [
    { name: 'shelf', type: 'urn:shelf', displayName: 'Shelf', uris: ['/shelves/*', '/all'], scopes: [{ name: 'read' }, { name: 'lend' }], attributes: { floor: ['2', '1'] }, icon_uri: 'https://library.test/shelf.png' },
    { name: 'Magazin / 書庫', ownerManagedAccess: true, uris: [] },
  ],
  policies: [
    // Before what it stands on, as nobody should have to care.
    { name: 'may lend', type: 'scope', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { resources: '["shelf"]', scopes: '["lend","read"]', applyPolicies: '["readers","by day"]' } },
    { name: 'readers', type: 'role', description: 'who reads', logic: 'POSITIVE', decisionStrategy: 'UNANIMOUS', config: { fetchRoles: 'true', roles: '[{"id":"support","required":true},{"id":"library/librarian"}]' } },
    { name: 'not at the desk', type: 'group', logic: 'NEGATIVE', decisionStrategy: 'UNANIMOUS', config: { groups: [{ path: '/desk', extendChildren: true }] } },
    { name: 'sam', type: 'user', config: { users: ['sam'] } },
    { name: 'by the web', type: 'client', config: { clients: '["reports"]' } },
    { name: 'with profile', type: 'client-scope', config: { clientScopes: '[{"id":"profile","required":true}]' } },
    { name: 'by day', type: 'time', config: { hour: 9, hourEnd: '17' } },
    { name: 'ours', type: 'regex', config: { targetClaim: 'email', pattern: '^.*@library\\.test$', targetContextAttributes: 'false' } },
    { name: 'sam by day', type: 'aggregate', decisionStrategy: 'AFFIRMATIVE', config: { applyPolicies: '["sam","by day"]' } },
    { name: 'all shelves', type: 'resource', config: { defaultResourceType: 'urn:shelf', applyPolicies: '["sam by day","not at the desk"]' } },
  ],
} as const;

export const library = (over: Stated = {}): Stated => ({ serviceAccountsEnabled: true, authorizationServicesEnabled: true, secret: new Secret('library-secret'), authorizationSettings: settings, ...over });

/** The shop with a client that has them, or with that client as it is said here. */
export const shopThatDecides = (stated: Stated = library(), over: Parameters<typeof shopWith>[1] = {}): Blueprint =>
  shopWith({ groups: { '/desk': {} }, clientRoles: { library: { librarian: {} } }, clients: { library: stated } }, over);
