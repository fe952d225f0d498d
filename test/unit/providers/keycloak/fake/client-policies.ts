import type { Ask } from '../recorded/ask.ts';
import { answer, NotImplemented, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const KNOWN = ['any-client', 'client-roles', 'client-access-type'];
/** Profiles that Keycloak ships. */
const SHIPPED = ['oauth-2-1-for-public-client', 'fapi-2-security-profile'];
export const policiesOf = (realm: FakeRealm): Body[] => realm.rep.clientPolicies.policies;

const routes: readonly Route[] = [
  ['GET /client-policies/policies', ({ realm }) => answer(200, { policies: policiesOf(realm) })],
  [
    'PUT /client-policies/policies',
    ({ realm, body }) => {
      onlyKnown(body, ['policies']);
      const profiles = [...SHIPPED, ...(realm.rep.clientProfiles.profiles as Body[]).map(({ name }) => name)];
      for (const policy of body.policies as Body[]) {
        onlyKnown(policy, ['name', 'description', 'enabled', 'conditions', 'profiles']);
        for (const { condition, configuration } of policy.conditions as Body[]) if (!KNOWN.includes(condition) || configuration === undefined) throw new NotImplemented(`the condition ${condition}`);
        const missing = (policy.profiles as string[]).find((name) => !profiles.includes(name));
        if (missing !== undefined) return answer(400, { errorMessage: `Policy ${policy.name} contains invalid profile ${missing}` });
      }
      realm.rep.clientPolicies = { policies: body.policies };
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/client-policies/policies`;
  await ask('PUT', `${R}/client-policies/profiles`, { body: { profiles: [{ name: 'strict', executors: [{ executor: 'pkce-enforcer', configuration: { 'auto-configure': true } }] }] } });
  await ask('GET', all);
  const policy = { name: 'everybody', description: 'all of them', enabled: true, conditions: [{ condition: 'client-access-type', configuration: { type: ['public'] } }], profiles: ['strict', 'oauth-2-1-for-public-client'] };
  await ask('PUT', all, { body: { policies: [policy, { name: 'off', enabled: false, conditions: [], profiles: ['strict'] }] } });
  await ask('GET', all);
  await ask('PUT', all, { body: { policies: [{ ...policy, profiles: ['none'] }] } });
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('PUT', all, { body: { policies: [] } });
  await ask('PUT', `${R}/client-policies/profiles`, { body: { profiles: [] } });
};

export const resource: Resource = { routes, bare: { kind: 'keycloak.client-policy', path: '/shop/roles', body: { name: 'no-policy' }, id: 'shop/none' }, requests };
