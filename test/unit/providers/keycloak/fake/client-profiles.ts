import type { Ask } from '../recorded/ask.ts';
import { answer, NotImplemented, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const KNOWN = ['pkce-enforcer', 'reject-ropc-grant', 'secure-session', 'reject-request', 'suppress-refresh-token-rotation'];
export const profilesOf = (realm: FakeRealm): Body[] => realm.rep.clientProfiles.profiles;

const routes: readonly Route[] = [
  ['GET /client-policies/profiles', ({ realm }) => answer(200, { profiles: profilesOf(realm) })],
  [
    'PUT /client-policies/profiles',
    ({ realm, body }) => {
      onlyKnown(body, ['profiles']);
      for (const profile of body.profiles as Body[]) {
        onlyKnown(profile, ['name', 'description', 'executors']);
        for (const { executor, configuration } of profile.executors as Body[]) {
          if (executor === 'no-such') return answer(400, { errorMessage: 'proposed client profile contains the executor, which does not have valid provider, or has invalid configuration.' });
          if (!KNOWN.includes(executor) || configuration === undefined) throw new NotImplemented(`the executor ${executor}`);
        }
      }
      realm.rep.clientProfiles = { profiles: body.profiles };
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/client-policies/profiles`;
  await ask('GET', all);
  const profile = { name: 'strict one', description: 'asks for more', executors: [{ executor: 'pkce-enforcer', configuration: { 'auto-configure': true } }, { executor: 'secure-session', configuration: {} }] };
  await ask('PUT', all, { body: { profiles: [profile, { name: 'empty', executors: [] }] } });
  await ask('GET', all);
  await ask('PUT', all, { body: { profiles: [{ name: 'bad', executors: [{ executor: 'no-such', configuration: {} }] }] } });
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('PUT', all, { body: { profiles: [] } });
  await ask('GET', all);
};

export const resource: Resource = { routes, bare: { kind: 'keycloak.client-profile', path: '/shop/roles', body: { name: 'no-profile' }, id: 'shop/none' }, requests };
