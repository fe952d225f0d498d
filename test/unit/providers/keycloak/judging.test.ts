import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import { attributeOf, layered } from '../../../../src/providers/keycloak/attributes.ts';
import { createFingerprints } from '../../../../src/providers/keycloak/fingerprints.ts';
import { listMark, ownership, textMark, unmarked } from '../../../../src/providers/keycloak/ownership.ts';
import { proves } from '../../../../src/providers/keycloak/reach/flows.ts';
import { grantsOf } from '../../../../src/providers/keycloak/reach/foreign-clients.ts';
import type { Step } from '../../../../src/providers/keycloak/shipped/shape.ts';

const step = (requirement: string, by: string): Step => ({ requirement, by });
const flow = (requirement: string, ...steps: readonly Step[]): Step => ({ requirement, steps });
const password = (requirement = 'REQUIRED') => step(requirement, 'auth-password-form');
const name = (requirement = 'REQUIRED') => step(requirement, 'auth-username-form');
const condition = (requirement = 'REQUIRED') => step(requirement, 'conditional-user-configured');

describe('a flow of sign-in', () => {
  it.each<readonly [string, readonly Step[], boolean]>([
    ['nothing', [], false],
    ['a password', [password()], true],
    ['a name alone', [name()], false],
    ['a name, then a password', [name(), password()], true],
    ['a password that is switched off', [password('DISABLED')], false],
    ['a name, and a password by choice', [name(), password('ALTERNATIVE')], false],
    ['a session or a password', [step('ALTERNATIVE', 'auth-cookie'), password('ALTERNATIVE')], true],
    ['a session or a name', [step('ALTERNATIVE', 'auth-cookie'), name('ALTERNATIVE')], false],
    ['a form that asks for both', [flow('REQUIRED', name(), password())], true],
    ['a form that asks for a name', [flow('REQUIRED', name())], false],
    ['a session or a form', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', name(), password())], true],
    ['a session or an open form', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', name())], false],
    ['a session or a form that is all off', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', password('DISABLED'))], true],
    ['a session or what depends on a condition and proves', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', condition(), password()))], true],
    ['a session or what depends on a condition and is empty', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL'))], true],
    ['a session or what depends on a condition and asks for nothing', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', condition(), name()))], false],
    ['a session or what depends on no condition', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', name()))], false],
    ['a session or a condition that is off before a password by choice', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', condition('DISABLED'), name(), password('ALTERNATIVE')))], false],
    ['a session or a condition before a password by choice', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', condition(), name(), password('ALTERNATIVE')))], true],
    ['a session or what depends on nothing but a form', [step('ALTERNATIVE', 'auth-cookie'), flow('ALTERNATIVE', flow('CONDITIONAL', flow('REQUIRED', name()), password('ALTERNATIVE')))], false],
  ])('of %s', (_what, steps, proven) => expect(proves(steps)).toBe(proven));
});

describe('how a client comes to tokens', () => {
  const on = (attribute: string) => ({ attributes: { [attribute]: 'true' } });
  const rep = { id: 'id of evil', clientId: 'evil', redirectUris: ['https://a.example/cb', 'https://b.example/cb'] };
  it.each([
    ['not at all', {}, []],
    ['not by a redirect that leads nowhere', { redirectUris: [], standardFlowEnabled: true, implicitFlowEnabled: true }, []],
    ['by codes', { standardFlowEnabled: true }, ['people sign in at it and their codes go to https://a.example/cb, https://b.example/cb']],
    ['by URLs', { implicitFlowEnabled: true }, ['tokens of people go in URLs to https://a.example/cb, https://b.example/cb']],
    ['anywhere', { standardFlowEnabled: true, redirectUris: ['https://a.example/cb', 'https://evil.example/*'] }, ['people sign in at it and their codes go to any address that fits https://evil.example/*']],
    ['by passwords that anybody sends', { directAccessGrantsEnabled: true, publicClient: true }, ['anybody who asks as it changes passwords into tokens']],
    ['by passwords that it sends', { directAccessGrantsEnabled: true }, ['it changes passwords into tokens']],
    ['for itself', { serviceAccountsEnabled: true }, ['it gets them for itself']],
    ['not for itself without a secret', { serviceAccountsEnabled: true, publicClient: true }, []],
    ['by a device', on('oauth2.device.authorization.grant.enabled'), [expect.stringContaining('device flow')]],
    ['by the back channel', on('oidc.ciba.grant.enabled'), [expect.stringContaining('CIBA')]],
    ['by exchange', on('standard.token.exchange.enabled'), [expect.stringContaining('exchanges')]],
    ['by assertions', on('oauth2.jwt.authorization.grant.enabled'), [expect.stringContaining('assertions')]],
    ['not by what is off', { attributes: { 'oidc.ciba.grant.enabled': 'false' } }, []],
    ['not when it is off', { standardFlowEnabled: true, enabled: false }, []],
    ['not when it only takes them', { standardFlowEnabled: true, bearerOnly: true }, []],
    ['not by another protocol', { standardFlowEnabled: true, protocol: 'saml' }, []],
    ['by OpenID Connect, said or not', { serviceAccountsEnabled: true, protocol: 'openid-connect' }, ['it gets them for itself']],
  ])('%s', (_what, more, ways) => expect(grantsOf({ ...rep, ...more })).toEqual(ways));
});

describe('attributes', () => {
  it('are texts or lists of texts, and nothing else', () => {
    const attributes = { text: 'a', list: ['b', 'c'], none: [], empty: '', blank: [''], number: 7 };
    expect(Object.keys(attributes).map((one) => attributeOf(attributes, one))).toEqual(['a', 'b', undefined, undefined, undefined, undefined]);
    expect([attributeOf(attributes, 'other'), attributeOf(undefined, 'text')]).toEqual([undefined, undefined]);
  });
  it('are laid over each other, and null takes away', () => {
    expect(layered({ a: '1', b: '2', c: '3' }, undefined, { b: null, c: '4', d: undefined, e: '', f: false })).toEqual({ a: '1', c: '4', e: '', f: false });
    expect(layered()).toEqual({});
  });
  it('say whose an object is', () => {
    expect(ownership({ 'authctl.owner': ['shop'], 'authctl.protected': ['true'], 'authctl.adopted': 'true' })).toEqual({ owner: 'shop', protected: true, adopted: true });
    expect(ownership({ 'authctl.owner': 'shop', 'authctl.protected': 'false', 'authctl.adopted': ['no'] })).toEqual({ owner: 'shop' });
    expect(ownership(undefined)).toEqual({ owner: undefined });
  });
  it('are marked, with a note on what was there before', () => {
    expect(textMark('shop', { protected: true }, undefined)).toEqual({ 'authctl.owner': 'shop', 'authctl.protected': 'true' });
    expect(textMark('shop', {}, { owner: undefined })).toEqual({ 'authctl.owner': 'shop', 'authctl.adopted': 'true', 'authctl.protected': null });
    expect(listMark('shop', {}, { owner: 'shop' })).toEqual({ 'authctl.owner': ['shop'], 'authctl.protected': null });
    expect(listMark('shop', { protected: true }, { owner: undefined })).toEqual({ 'authctl.owner': ['shop'], 'authctl.adopted': ['true'], 'authctl.protected': ['true'] });
  });
  it('lose every mark of ours and keep the others', () => {
    expect(unmarked({ 'authctl.owner': 'shop', 'authctl.adopted': 'true', theirs: 'x', 'not.authctl.': 'y' }, 'shop')).toEqual({ 'authctl.owner': '', 'authctl.adopted': '', theirs: 'x', 'not.authctl.': 'y' });
    expect(unmarked(undefined, 'shop')).toEqual({});
  });
});

describe('the fingerprint of a credential', () => {
  const by = (clientSecret: string, { clientId = 'authctl', realm = 'shop', shared }: { clientId?: string; realm?: string; shared?: string } = {}) =>
    createFingerprints({ clientId, clientSecret, ...(shared !== undefined && { shared }) }, realm);
  const secret = new Secret('hunter2-hunter2');
  const of = (key: string, realm: string, subject: string, password: string): string => by(key, { realm }).of(subject, new Secret(password));
  /** As an earlier version noted it. */
  const noted = (...parts: readonly unknown[]): string => createHmac('sha256', 'key').update(JSON.stringify(parts)).digest('hex');

  it('is another for another key, realm, subject or secret, and the same in every run', () => {
    const one = of('key', 'shop', 'user alice', 'hunter2-hunter2');
    expect(one).toMatch(/^[0-9a-f]{8}\.[0-9a-f]{64}$/);
    expect(of('key', 'shop', 'user alice', 'hunter2-hunter2')).toBe(one);
    expect(new Set([one, of('other', 'shop', 'user alice', 'hunter2-hunter2'), of('key', 'other', 'user alice', 'hunter2-hunter2'), of('key', 'shop', 'user bob', 'hunter2-hunter2'), of('key', 'shop', 'user alice', 'hunter3-hunter3')]).size).toBe(5);
  });

  it('that an earlier version noted is still it', () => {
    const { of: made, judge } = by('key');
    expect(judge(noted('shop', 'user alice', 'hunter2-hunter2'), made('user alice', secret))).toBe('same');
    expect(judge(noted('shop', 'user alice', 'hunter2-hunter2', 7), made('user alice', secret, 7))).toBe('same');
    expect(judge(noted('shop', 'user alice', 'hunter3-hunter3'), made('user alice', secret))).toBe('other');
  });

  it.each([
    ['nothing', undefined, by('key'), 'other'],
    ['the same login', by('key'), by('key'), 'same'],
    ['the same login, whose secret was changed', by('old'), by('key'), 'other'],
    ['another login', by('key', { clientId: 'ci' }), by('key'), 'unknown'],
    ['another login with the same shared key', by('a', { clientId: 'ci', shared: 'key' }), by('b', { shared: 'key' }), 'same'],
    ['this login, before it had a shared key', by('key'), by('key', { shared: 'shared' }), 'other'],
    ['another login, before there was a shared key', by('key', { clientId: 'ci' }), by('key', { shared: 'shared' }), 'unknown'],
    ['another login by a shared key that is another one', by('a', { clientId: 'ci', shared: 'old' }), by('a', { shared: 'new' }), 'other'],
    ['a login by a shared key that is not here', by('key', { shared: 'shared' }), by('key'), 'unknown'],
  ] as const)('kept by %s is judged', (_who, keeper, judging, expected) => {
    expect(judging.judge(keeper?.of('user alice', secret), judging.of('user alice', secret))).toBe(expected);
  });
});
