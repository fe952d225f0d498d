import { describe, expect, it } from 'vitest';
import type { Body } from './fake/state.ts';
import { groupsOf } from './fake/groups.ts';
import type { Rows } from './reach-world.ts';
import { world } from './reach-world.ts';

const { told, where, seen, realm, beside, client, user, idp, flow, step, inner, addFlow, addMapper, group } = world();
const now = (): number => Math.floor(Date.now() / 1000);
const policy = (profiles: readonly Body[], over: Body = {}): void =>
  void Object.assign(realm().rep, { clientPolicies: { policies: [{ name: 'pol', enabled: true, conditions: [{ condition: 'any-client' }], profiles: ['p'], ...over }] }, clientProfiles: { profiles } });
const executors = (...names: readonly string[]): readonly Body[] => [{ name: 'p', executors: names.map((executor) => ({ executor, configuration: {} })) }];
const key = (providerId: string, config: Body = {}): void => void beside().components['org.keycloak.keys.KeyProvider'].push({ name: 'evil', providerId, config });
const policies = 'realm/ clientPolicies: policies for clients that the blueprint does not state';
const notShipped = (alias: string): string => `(the flow "${alias}" is not as Keycloak ships it)`;
const reads = (): void => addMapper(client('storefront'), 't', 'oidc-usermodel-attribute-mapper', { 'user.attribute': 'team', 'claim.name': 'team' });
const reading = 'weakens client/storefront mappers.t: every token of storefront takes team from the attribute "team" of its bearer (mapper "t", which the blueprint does not name)';

const rows: Rows = [
  ['a form that refuses everybody', () => flow('forms').authenticationExecutions.unshift(step('deny-access-authenticator')), [`breaks flow/browser: some who sign in with a browser are refused: a step of its flow denies access ${notShipped('browser')}`]],
  ['a flow that refuses everybody', () => flow('browser').authenticationExecutions.push(step('deny-access-authenticator')), [`breaks flow/browser: nobody can sign in with a browser: a step of its flow denies access to everybody ${notShipped('browser')}`]],
  ['a flow of nothing but refusals', () => (flow('browser').authenticationExecutions = [step('deny-access-authenticator', 'ALTERNATIVE')]), [`breaks flow/browser: nobody can sign in with a browser: a step of its flow denies access to everybody ${notShipped('browser')}`]],
  ['a refusal that is off', () => flow('browser').authenticationExecutions.push(step('deny-access-authenticator', 'DISABLED')), [`weakens flow/browser: people sign in with a browser otherwise than Keycloak ships it ${notShipped('browser')}`]],
  ['a form without a password that refuses some', () => { addFlow('some', [step('conditional-user-role'), step('deny-access-authenticator')]); flow('forms').authenticationExecutions = [step('auth-username-form'), inner('some', 'CONDITIONAL')]; }, [`opens flow/browser: people sign in with a browser without a password or another proof of who they are ${notShipped('browser')}`]],
  ['a step on a condition, beside which no alternative counts', () => { addFlow('c', [step('conditional-client-scope'), step('auth-username-form')]); flow('browser').authenticationExecutions.push(inner('c', 'CONDITIONAL')); }, [`opens flow/browser: people sign in with a browser without a password or another proof of who they are ${notShipped('browser')}`]],
  ['clients that cannot show their secret', () => (flow('clients').authenticationExecutions = [step('client-jwt', 'ALTERNATIVE')]), [`breaks flow/clients: no client that is public, or proves by a secret which one it is, gets a token: the flow has no step for its secret ${notShipped('clients')}`]],
  ['clients that need none', () => flow('clients').authenticationExecutions.push(step('client-none', 'ALTERNATIVE')), [`opens flow/clients: clients get tokens by client-none, which asks for no proof that is known here ${notShipped('clients')}`]],
  ['a policy that refuses', () => policy(executors('reject-request')), [`breaks ${policies}: pol refuses every request that it is for`]],
  ['one that demands', () => policy(executors('pkce-enforcer', 'consent-required')), [`breaks ${policies}: pol refuses who does not do as pkce-enforcer says`]],
  ['one that lets strangers in', () => policy(executors('client-id-metadata-document', 'reject-request')), [`opens ${policies}: pol lets clients in that nobody registered (client-id-metadata-document)`]],
  ['one that keeps old secrets', () => policy(executors('secret-rotation')), [`weakens ${policies}: pol does secret-rotation`]],
  ['one of an extension', () => policy(executors('theirs')), [`weakens ${policies}: pol does theirs, which nobody here knows`]],
  ['one that binds a flow without a proof', () => { addFlow('open', [step('auth-username-form')]); policy([{ name: 'p', executors: [{ executor: 'auth-flow-enforcer', configuration: { 'auth-flow-alias': 'open' } }] }]); }, [`opens ${policies}: pol binds the flow open, by which people sign in with a browser without a password or another proof of who they are`]],
  ['one by a profile of the server', () => policy([], { profiles: ['fapi-2-security-profile'] }), [`breaks ${policies}: pol asks for the profile fapi-2-security-profile`]],
  ['one that is off', () => policy(executors('reject-request'), { enabled: false }), [`differs ${policies} ask nothing of them that is in force`]],
  ['profiles of no policy', () => (realm().rep.clientProfiles = { profiles: executors('reject-request') }), [`differs ${policies} ask nothing of them that is in force`]],
  ['texts of the login page', () => (beside().localizationTexts = { en: { loginTitle: 'Send me your password' }, de: {} }), ['weakens realm/ localizationTexts: pages where people type their passwords say what somebody wrote: loginTitle (en)']],
  ['none of them', () => (beside().localizationTexts = { en: {} }), []],
  ['keys that stand at a client, with the switch', () => Object.assign(client('reports').attributes, { 'use.jwks.string': 'true', 'jwks.string': '{"keys":[{"kid":"a"}]}' }), ['opens client/reports attributes.jwks.string: who has a key of a set that stands with it (a) acts as reports: it is a proof of it beside what the blueprint states']],
  ['the switch alone', () => (client('reports').attributes['use.jwks.url'] = 'true'), ['opens client/reports attributes.use.jwks.url: who has the key of its key set elsewhere acts as reports: it is a proof of it beside what the blueprint states']],
  ['all signed out a moment ago', () => { realm().rep.notBefore = now() - 5; client('storefront').optionalClientScopes.push('offline_access'); client('storefront').notBefore = now() - 5; user('alice').notBefore = now() - 5; }, []],
  ['nobody in for an hour', () => (realm().rep.notBefore = now() + 3600), [expect.stringMatching(/^breaks realm\/ notBefore: /) as string]],
  ['where relative addresses of a client begin', () => { client('reports').baseUrl = '/app'; client('reports').rootUrl = 'https://evil.example'; }, ['differs client/reports baseUrl: baseUrl is "/app"; the blueprint does not state it', 'exposes client/reports rootUrl: who signs in at reports is sent to addresses at "https://evil.example", with a code']],
  ['where none do', () => (client('storefront').rootUrl = 'https://evil.example'), ['differs client/storefront rootUrl: rootUrl is "https://evil.example"; the blueprint does not state it']],
  ['an attribute of a persona that tokens say', () => { reads(); user('alice').attributes = { ...user('alice').attributes, team: ['boss'] }; }, ['opens user/alice attributes.team: tokens of alice say what stands in attributes.team, ["boss"], which the blueprint does not state', reading]],
  ['one of a group of ours', () => { reads(); groupsOf(realm())[0]!.attributes = { ...groupsOf(realm())[0]!.attributes, team: ['boss'] }; }, ['opens group/staff attributes.team: tokens of who is in staff say what stands in attributes.team, ["boss"], which the blueprint does not state', reading]],
  ['one of a group of others', () => { reads(); group('theirs', { attributes: { team: ['boss'], other: ['x'] } }); }, [reading, 'weakens group/theirs attributes: tokens of who is in the group theirs say what stands in its team']],
  ['one that no token says', () => { user('alice').attributes = { ...user('alice').attributes, team: ['boss'] }; group('theirs', { attributes: { team: ['boss'] } }); }, ['differs user/alice attributes.team: attributes.team is ["boss"]; the blueprint does not state it']],
  ['how passwords are stored', () => (realm().rep.passwordPolicy = 'hashIterations(1)'), ['weakens realm/ passwordPolicy: passwords are stored as hashIterations(1) says, and not as Keycloak does by itself']],
  ['how long they are', () => (realm().rep.passwordPolicy = 'length(12)'), ['differs realm/ passwordPolicy: passwordPolicy is "length(12)"; the blueprint does not state it']],
  ['who writes mail', () => (realm().rep.emailTheme = 'evil'), ['weakens realm/ emailTheme: mail to people, with links that set passwords, is written by the theme evil']],
  ['nobody who listens', () => (realm().rep.eventsListeners = []), ['differs realm/ eventsListeners: nobody is told who signs in']],
  ['a short key of the server for itself', () => key('hmac-generated', { secretSize: ['8'] }), ['weakens key/evil: what Keycloak signs for itself (refresh tokens, links in mail) is signed with a key of 8 bytes (evil)']],
  ['a long one', () => key('hmac-generated', { secretSize: ['64'] }), []],
  ['an identity provider that links accounts by itself', () => { addFlow('auto', [step('idp-create-user-if-unique', 'ALTERNATIVE'), step('idp-auto-link', 'ALTERNATIVE')]); idp({ firstBrokerLoginFlowAlias: 'auto' }); }, ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil), and takes over accounts by idp-auto-link']],
  ['one that accounts are linked to, and whose word is a token', () => idp({ linkOnly: true, config: { jwtAuthorizationGrantEnabled: 'true' } }), ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil), and speaks for people and clients who do not sign in there']],
  ['one whose word is that of a client', () => idp({ linkOnly: true, config: { supportsClientAssertions: 'true' } }), ['opens identity-provider/evil: who signs in at oidc signs in here (identity provider evil), and speaks for people and clients who do not sign in there']],
];

describe('what somebody changed', () => {
  it.each(rows)('%s', async (_what, change, expected) => {
    change();
    expect(await told()).toEqual(expected);
  });
});

describe('an identity provider that was accepted', () => {
  it('is not told anew when the console writes down the flow that is meant by itself', async () => {
    idp();
    const before = await seen();
    beside().identityProviders[0].firstBrokerLoginFlowAlias = 'first broker login';
    expect(await seen()).toEqual(before);
    beside().identityProviders[0].firstBrokerLoginFlowAlias = 'registration';
    expect(await seen()).not.toEqual(before);
  });

  it('is told anew when the flow that it names has other steps', async () => {
    addFlow('own', [step('idp-review-profile')]);
    idp({ postBrokerLoginFlowAlias: 'own' });
    const before = await seen();
    flow('own').authenticationExecutions = [step('idp-auto-link')];
    expect(await seen()).not.toEqual(before);
  });
});

it('a client policy, or a text, that was accepted is told anew when it changes', async () => {
  policy(executors('pkce-enforcer'));
  beside().localizationTexts = { en: { loginTitle: 'a' } };
  const before = await seen();
  policy(executors('reject-request'));
  beside().localizationTexts.en.loginTitle = 'b';
  const after = await seen();
  expect(after).toHaveLength(2);
  expect(after.filter((one) => before.includes(one))).toEqual([]);
  expect(await where()).toEqual(['breaks realm/ clientPolicies', 'weakens realm/ localizationTexts']);
});

it('a switch of an accepted key set is part of it', async () => {
  Object.assign(client('reports').attributes, { 'use.jwks.url': 'true', 'jwks.url': 'https://evil.example/jwks' });
  const before = await seen();
  client('reports').attributes['use.jwks.url'] = 'false';
  expect(await where()).toEqual(['opens client/reports attributes.jwks.url']);
  expect(await seen()).not.toEqual(before);
});
