/* eslint-disable @typescript-eslint/no-explicit-any */
import type { Console } from './console.ts';

interface Drift {
  readonly change: () => Promise<unknown>;
  /** The action, the address without the realm's name, and what differs. */
  readonly told: readonly [action: string, address: string, ...fields: string[]];
}

const API = 'https://api.example/v1';
const STORAGE = 'org.keycloak.storage.UserStorageProvider';

/** One field of one object of each kind, as somebody changes it in the console. */
export const drifts = ({ ask, save, client, named }: Console): readonly Drift[] => {
  const group = async (path: string): Promise<any> => ask('GET', `/group-by-path/${path.split('/').map(encodeURIComponent).join('/')}`);
  const component = async (name: string): Promise<string> => `/components/${(await named('/components', name)).id}`;
  const user = async (username: string): Promise<string> => `/users/${(await ask('GET', `/users?exact=true&username=${username}`))[0].id}`;
  const roleOf = async (clientId: string, name: string): Promise<any> => named(`/clients/${await client(clientId)}/roles`, name);
  return [
    { change: () => save('', (rep) => (rep.failureFactor = 99)), told: ['update', 'keycloak.realm', 'failureFactor'] },
    { change: async () => save(`/roles-by-id/${(await named('/roles', 'rôle é')).id}`, (rep) => (rep.attributes['é'] = ['x'])), told: ['update', 'keycloak.role/rôle é', 'attributes.é'] },
    { change: async () => save(`/roles-by-id/${(await roleOf(API, 'caller')).id}`, (rep) => (rep.description = 'x')), told: ['update', `keycloak.client-role/${API.replaceAll('/', '%2F')}/caller`, 'description'] },
    {
      change: async () => ask('DELETE', `/roles-by-id/${(await named('/roles', 'Team Lead')).id}/composites`, [await roleOf(API, 'caller')]),
      told: ['update', 'keycloak.composite/Team Lead', `clientRoles.${API}`],
    },
    { change: async () => save(`/clients/${await client('mtls')}`, (rep) => (rep.attributes['x509.subjectdn'] = 'CN=.*')), told: ['update', 'keycloak.client/mtls', 'attributes.x509.subjectdn'] },
    { change: async () => save(`/clients/${await client('jwks')}`, (rep) => (rep.clientAuthenticatorType = 'client-secret')), told: ['update', 'keycloak.client/jwks', 'clientAuthenticatorType'] },
    {
      change: async () => save(`/client-scopes/${(await named('/client-scopes', 'scope:with/signs')).id}`, (rep) => (rep.attributes['include.in.token.scope'] = 'true')),
      told: ['update', 'keycloak.client-scope/scope:with/signs', 'attributes.include.in.token.scope'],
    },
    { change: async () => save(`/groups/${(await group('Отдел продаж')).id}`, (rep) => (rep.attributes.floor = ['4'])), told: ['update', 'keycloak.group/Отдел продаж', 'attributes.floor'] },
    { change: async () => ask('PUT', `/default-groups/${(await group('least')).id}`), told: ['update', 'keycloak.default-groups', 'groups'] },
    { change: async () => save(await user('ana'), (rep) => (rep.attributes.tier = ['gold'])), told: ['update', 'keycloak.user/ana', 'attributes.tier'] },
    {
      change: async () => ask('DELETE', `/users/${(await ask('GET', `/clients/${await client('both')}/service-account-user`)).id}/role-mappings/clients/${await client('jwks')}`, [await roleOf('jwks', 'own')]),
      told: ['update', 'keycloak.grant/account/both', 'clientRoles.jwks'],
    },
    {
      change: async () => {
        const server = `/clients/${await client('authz')}/authz/resource-server`;
        const [permission, policy] = [await ask('GET', `${server}/policy/search?name=may%20read`), await ask('GET', `${server}/policy/search?name=both`)];
        await save(`${server}/permission/scope/${permission.id}`, (rep) => (rep.policies = [policy.id]));
      },
      told: ['update', 'keycloak.authorization/authz', 'policies.may read.config.applyPolicies'],
    },
    { change: () => save('/identity-provider/instances/corp', (rep) => (rep.config.tokenUrl = 'https://evil.example/token')), told: ['update', 'keycloak.identity-provider/corp', 'config.tokenUrl'] },
    {
      change: async () => save(`/identity-provider/instances/corp/mappers/${(await named('/identity-provider/instances/corp/mappers', 'claim / role')).id}`, (rep) => (rep.config.role = 'admin')),
      told: ['update', 'keycloak.identity-provider-mapper/corp/claim / role', 'config.role'],
    },
    { change: async () => save(await component('directory'), (rep) => (rep.config.editMode = ['WRITABLE'])), told: ['update', `keycloak.component/${STORAGE}/directory`, 'config.editMode'] },
    {
      change: async () => ask('PUT', `/authentication/flows/${encodeURIComponent('second factor')}/executions`, { ...(await ask('GET', `/authentication/flows/${encodeURIComponent('second factor')}/executions`))[1], requirement: 'DISABLED' }),
      told: ['update', 'keycloak.flow/sign in - вход', 'steps.whole forms/second factor/auth-otp-form.requirement'],
    },
    { change: () => save('', (rep) => (rep.registrationFlow = 'registration')), told: ['update', 'keycloak.flow-binding/registrationFlow', 'flow'] },
    { change: () => save('/authentication/required-actions/CONFIGURE_TOTP', (rep) => (rep.enabled = false)), told: ['update', 'keycloak.required-action/CONFIGURE_TOTP', 'enabled'] },
    { change: () => save('/users/profile', (rep) => delete rep.attributes.find(({ name }: any) => name === 'phone').required), told: ['update', 'keycloak.user-attribute/phone', 'required'] },
    { change: () => save('/client-policies/profiles', (rep) => rep.profiles.find(({ name }: any) => name.startsWith('PKCE')).executors.pop()), told: ['update', 'keycloak.client-profile/PKCE / всегда', 'executors'] },
    { change: () => save('/client-policies/policies', (rep) => (rep.policies.find(({ name }: any) => name.startsWith('those')).enabled = true)), told: ['update', 'keycloak.client-policy/those / of role', 'enabled'] },
    { change: () => ask('PUT', '/localization/ja/loginTitle', 'x'), told: ['update', 'keycloak.texts/ja', 'texts.loginTitle'] },
    { change: async () => save(`/organizations/${(await ask('GET', '/organizations')).find(({ alias }: any) => alias === 'acme').id}`, (rep) => (rep.attributes.tier = ['lead'])), told: ['update', 'keycloak.organization/acme', 'attributes.tier'] },
  ];
};
