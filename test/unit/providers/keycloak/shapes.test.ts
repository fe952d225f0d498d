import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import { createFingerprints } from '../../../../src/providers/keycloak/fingerprints.ts';
import { foreignAttributes } from '../../../../src/providers/keycloak/ownership.ts';
import { payloadOf } from '../../../../src/providers/keycloak/payload.ts';
import { plain, plainSpec } from '../../../../src/providers/keycloak/plain.ts';
import { rules } from '../../../../src/providers/keycloak/reach/rule.ts';
import { listed } from '../../../../src/providers/keycloak/reach/scene.ts';
import { actionShape, clientShape, componentShape, compositesIn, flowShape, profileIn, scopeShape, storedProfile } from '../../../../src/providers/keycloak/shipped/shape.ts';
import { inRealm, inside, nameIn } from '../../../../src/providers/keycloak/specs/id.ts';
import { fingerprintOf, secretsIn, withSecrets } from '../../../../src/providers/keycloak/stated-secrets.ts';

describe('what a server says, as it is compared', () => {
  it('is without handles and clocks, at any depth, and without what is absent', () =>
    expect(plain({ id: 'a', internalId: 'b', containerId: 'c', createdTimestamp: 1, access: {}, 'client.secret.creation.time': '1', name: 'n', none: null, gone: undefined, inside: [{ id: 'x', on: true }] })).toEqual({ name: 'n', inside: [{ on: true }] }));
  it('has lists of texts in one order, and leaves others as they are', () => {
    expect(plain(['b', 'a'])).toEqual(['a', 'b']);
    expect(plain([2, 1])).toEqual([2, 1]);
    expect(plain(['b', 1, 'a'])).toEqual(['b', 1, 'a']);
  });
  it.each([['a', 'a'], [1, 1], [false, false], [null, null], [undefined, null], [Symbol.iterator, null]])('of %s is %s', (value, found) => expect(plain(value)).toBe(found));
  it('keeps what is off, none or empty', () => expect(plainSpec({ a: false, b: 0, c: '', d: [], e: {} })).toEqual({ a: false, b: 0, c: '', d: [], e: {} }));
});

describe('shapes', () => {
  it('of a client are without its secret, and its realm is any', () =>
    expect(clientShape({ id: 'i', clientId: 'c', secret: 's', baseUrl: '/realms/shop/account/', redirectUris: ['/realms/shop/a/*', 'x'], enabled: true, attributes: { 'authctl.owner': 'me', a: '1' }, protocolMappers: [{ id: 'm', name: 'm', protocolMapper: 't', config: {} }] }, 'shop')).toEqual({
      clientId: 'c', baseUrl: '/realms/<realm>/account/', redirectUris: ['/realms/<realm>/a/*', 'x'], enabled: true, attributes: { a: '1' }, mappers: { m: { protocolMapper: 't', config: {} } },
    })); // prettier-ignore
  it('of a scope are what it says and for whom', () =>
    expect(scopeShape({ id: 'i', name: 'n', protocol: 'p', description: 'd', attributes: { 'authctl.owner': 'me', a: '1' } }, ['b', 'a'])).toEqual({ protocol: 'p', description: 'd', attributes: { a: '1' }, mappers: {}, scopeMappings: ['a', 'b'] }));
  it('of a required action leave out what it is called', () =>
    expect(actionShape({ alias: 'a', providerId: 'p', enabled: true, defaultAction: false, config: { x: '1' } })).toEqual({ providerId: 'p', enabled: true, defaultAction: false, config: { x: '1' } }));
  it('of a component leave out what is not set, and have those inside it by name', () =>
    expect(componentShape({ name: 'n', providerId: 'p', subType: 's', config: { a: ['1'], b: [''], c: ['', 'x'], d: [] }, subComponents: { t: [{ name: 'z', providerId: 'p' }, { name: 'y', providerId: 'p' }] } })).toEqual({
      name: 'n', providerId: 'p', subType: 's', config: { a: ['1'], c: ['', 'x'] }, subComponents: { t: [{ name: 'y', providerId: 'p', config: {} }, { name: 'z', providerId: 'p', config: {} }] },
    })); // prettier-ignore
  it('of a component without others inside have none', () => expect(componentShape({ name: 'n', providerId: 'p', subComponents: {} })).toEqual({ name: 'n', providerId: 'p', config: {} }));
  it('of roles are what each contains, roles of clients by their client', () =>
    expect([...compositesIn({ realm: 'r', roles: { realm: [{ id: '1', name: 'a', composites: { realm: ['b'], client: { c: ['d', 'e'] } } }, { id: '2', name: 'b' }], client: { c: [{ id: '3', name: 'd', composites: { realm: ['b'] } }] } } })]).toEqual([['a', ['b', 'c/d', 'c/e']], ['b', []], ['c/d', ['b']]]));
  it('of no roles are none', () => expect([...compositesIn({ realm: 'r' })]).toEqual([]));
});

describe('the shape of a flow', () => {
  const exported: Parameters<typeof flowShape>[0] = {
    realm: 'r',
    authenticationFlows: [
      { alias: 'top', authenticationExecutions: [{ authenticator: 'a', requirement: 'REQUIRED', authenticatorConfig: 'set' }, { flowAlias: 'below', requirement: 'ALTERNATIVE' }, { authenticator: 'off' }, { flowAlias: 'gone', requirement: 'REQUIRED' }] },
      { alias: 'below', authenticationExecutions: [{ authenticator: 'b', requirement: 'REQUIRED' }, { flowAlias: 'top', requirement: 'REQUIRED' }] },
      { alias: 'bare' },
    ],
    authenticatorConfig: [{ alias: 'set', config: { x: '1' } }, { alias: 'other', config: { x: '2' } }],
  }; // prettier-ignore
  it('is its steps with those of the flows inside it, once each', () =>
    expect(flowShape(exported, 'top')).toEqual([
      { by: 'a', requirement: 'REQUIRED', config: { x: '1' } },
      { requirement: 'ALTERNATIVE', steps: [{ by: 'b', requirement: 'REQUIRED' }, { requirement: 'REQUIRED', steps: [] }] },
      { by: 'off', requirement: 'DISABLED' },
      { requirement: 'REQUIRED', steps: [] },
    ]));
  it('is empty of a flow without steps, and none of one that is not there', () => expect([flowShape(exported, 'bare'), flowShape(exported, 'nowhere'), flowShape({ realm: 'r' }, 'top')]).toEqual([[], undefined, undefined]));
});

describe('the user profile', () => {
  const profile = (config?: Readonly<Record<string, string[]>>) => ({ realm: 'r', components: { 'org.keycloak.userprofile.UserProfileProvider': [{ providerId: 'declarative-user-profile', ...(config && { config }) }] } });
  it('is the document that was written', () => {
    const written = profile({ 'kc.user.profile.config': ['{"attributes":[{"name":"b"}],"unmanagedAttributePolicy":"ENABLED"}'] });
    expect(storedProfile(written)).toEqual({ attributes: [{ name: 'b' }], unmanagedAttributePolicy: 'ENABLED' });
    expect(profileIn(written)).toEqual({ attributes: [{ name: 'b' }], unmanagedAttributePolicy: 'ENABLED' });
  });
  it.each([{ realm: 'r' }, { realm: 'r', components: {} }, profile(), profile({}), profile({ 'kc.user.profile.config': [] })])('is none where nobody wrote one: %j', (exported) => expect([storedProfile(exported), profileIn(exported)]).toEqual([undefined, undefined]));
});

describe('secrets that are stated', () => {
  const [one, two] = [new Secret('one-secret'), new Secret('two-secret')];
  it('are found wherever they are', () => expect(secretsIn({ a: one, b: { c: two, d: 'x' }, e: ['x'], f: null })).toEqual([{ path: ['a'], secret: one }, { path: ['b', 'c'], secret: two }]));
  it('are put where they are stated: what is shown is wrapped, what is hidden is equal while nothing changed', () => {
    const stated = secretsIn({ a: one, b: { c: two }, g: { h: one } });
    const held = { a: 'shown', b: { c: '**********', other: 1 }, g: ['no map'] };
    expect(withSecrets(held, stated, true)).toEqual({ a: new Secret('shown'), b: { c: two, other: 1 }, g: { h: one } });
    expect(withSecrets(held, stated, false)).toEqual({ a: new Secret('shown'), b: { c: null, other: 1 }, g: { h: null } });
    const { a } = withSecrets(held, stated, true);
    expect(a instanceof Secret && a.reveal()).toBe('shown');
    expect(withSecrets(held, [], true)).toEqual(held);
  });
  it('have one fingerprint, whatever their order, and another when one changed, came or went', () => {
    const of = (value: Parameters<typeof secretsIn>[0]) => fingerprintOf(createFingerprints({ clientId: 'authctl', clientSecret: 'key' }, 'shop'), secretsIn(value));
    expect(of({ a: one, b: two })).toBe(of({ b: two, a: one }));
    expect(new Set([of({ a: one, b: two }), of({ a: two, b: one }), of({ a: one }), of({ c: one }), of({}), of({ a: { b: one } })]).size).toBe(6);
  });
  it('are revealed in what is sent, at any depth, and absent stays absent', () => expect(payloadOf({ a: one, b: { c: two }, d: [one, 'x'], e: null, f: 1, g: false })).toEqual({ a: 'one-secret', b: { c: 'two-secret' }, d: ['one-secret', 'x'], e: null, f: 1, g: false }));
});

describe('names', () => {
  it('are within their realm, and may have slashes', () => expect([inRealm('shop', 'a/b'), nameIn('shop/a/b'), nameIn('shop/a')]).toEqual(['shop/a/b', 'a/b', 'a']));
  it('of what stands inside something else are told apart', () => {
    expect(inside('shop', 'a', 'b/c')).toBe('shop/a/b/c');
    expect(inside('shop', 'a/b', 'c')).toBe('shop/a%2Fb/c');
    expect(inside('shop', 'a%2Fb', 'c')).toBe('shop/a%252Fb/c');
    expect(inside('shop', 'a/b/d', 'c')).toBe('shop/a%2Fb%2Fd/c');
  });
  it('are four at most in a sentence', () => {
    expect(listed(['a', 'b', 'c', 'd'])).toBe('a, b, c, d');
    expect(listed(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('a, b, c, d and 2 more');
    expect(listed(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
    expect(listed([])).toBe('');
  });
  it('that begin as ours are left out of specs', () => expect(foreignAttributes({ 'authctl.owner': 'a', authctl: 'b', 'x.authctl.': 'c' })).toEqual({ authctl: 'b', 'x.authctl.': 'c' }));
  it.each<readonly [name: string, ruling: boolean]>([
    ['realm-management/realm-admin', true],
    ['realm-management.impersonation', true],
    ['realm-management/manage-users', true],
    ['realm-management/manage-realm', true],
    ['realm-management/manage-clients', true],
    ['realm-management/manage-identity-providers', true],
    ['realm-management/view-users', true],
    ['realm-management/query-clients', false],
    ['realm-management/toString', false],
    ['my-realm-management/realm-admin', false],
    ['realm-management/', false],
    ['realm-management-realm-admin', false],
    ['realm-admin', false],
  ])('of roles that rule a realm: %s, %s', (name, ruling) => expect(rules(name)).toBe(ruling));
});
