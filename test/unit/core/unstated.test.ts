import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { seenOf } from '../../../src/core/seen.ts';
import { any, flag, list, map, number, record, set, text } from '../../../src/core/spec.ts';
import { unstated, unstatedDangers } from '../../../src/core/unstated.ts';
import { held, wanted } from './build.ts';

const fields = {
  id: text({ readOnly: true }),
  enabled: flag({ default: true, access: 'one that is off lets nothing through' }),
  retries: number({ default: 5 }),
  hosts: set(text(), { default: null }),
  paths: list(text(), { default: ['/'] }),
  headers: map(list(text())),
  config: record({ minute: number({ default: null }), policy: text({ default: 'local' }), redis: record({ host: text({ default: null }) }) }),
  attributes: map(text()),
};
const paths = (...given: Parameters<typeof unstated> extends readonly [unknown, ...infer Rest] ? Rest : never): readonly string[] => unstated(fields, ...given).map(({ path }) => path);

describe('what the blueprint does not state of an object', () => {
  it('is told when it is not at its default', () => {
    expect(unstated(fields, {}, { enabled: false, retries: 5 })).toEqual([{ path: 'enabled', held: false, default: true, access: 'one that is off lets nothing through' }]);
    expect(paths({}, { enabled: true, retries: 0, hosts: ['a'], paths: ['/', '/b'] })).toEqual(['retries', 'hosts', 'paths']);
  });

  it('is nothing where it is stated, empty for empty, or the own of the server', () => {
    expect(paths({ retries: 3, hosts: null }, { id: 'x', retries: 9, hosts: ['x'] })).toEqual([]);
    expect(paths({}, { hosts: [], headers: {}, attributes: null, config: {} })).toEqual([]);
  });

  it('is looked for member by member in records and maps, also in those that are stated in part', () => {
    expect(paths({ config: { minute: 5 } }, { config: { minute: 6, policy: 'redis', redis: { host: 'evil' } } })).toEqual(['config.policy', 'config.redis.host']);
    expect(paths({}, { config: { policy: 'local', minute: 1 } })).toEqual(['config.minute']);
    expect(paths({ attributes: { 'pkce.method': 'S256' } }, { attributes: { 'pkce.method': 'S256', 'token.lifespan': '9' } })).toEqual(['attributes.token.lifespan']);
  });

  it('is judged by what the server itself says, where that is known', () => {
    expect(paths({}, { retries: 7, attributes: { a: '1', b: '2' } }, { retries: 7, attributes: { a: '1' } })).toEqual(['attributes.b']);
    expect(paths({}, { retries: 5 }, { retries: 7 })).toEqual(['retries']);
  });

  it('is told when nothing is known about the field', () => {
    expect(paths({}, { surprise: 'x', nothing: null, no: false, blank: '', none: [], empty: {}, some: ['x'], zero: 0 })).toEqual(['surprise', 'no', 'some', 'zero']);
    expect(paths({}, { surprise: { a: 'x' } })).toEqual(['surprise']);
    expect(paths({ surprise: { a: 'x' } }, { surprise: { a: 'x', b: 'y' } })).toEqual(['surprise.b']);
    expect(paths({}, { surprise: { a: 'x', b: 'y' } }, { surprise: { a: 'x' } })).toEqual(['surprise.b']);
    expect(paths({ surprise: 'text' }, { surprise: { a: 'x' }, config: 'text' })).toEqual(['config']);
  });

  it('is a danger in words that name the value, its default and why it matters, and show no secret', () => {
    const found = unstatedDangers(wanted('kong.service', 's', {}), held('kong.service', 's', { enabled: false, password: new Secret('hunter2-hunter2'), retries: 1 }), {
      fields,
      effectOf: ({ path }) => (path === 'retries' ? 'breaks' : undefined),
    });
    expect(found.map(({ id, field, effect }) => [id, field, effect])).toEqual([
      ['s', 'enabled', 'weakens'],
      ['s', 'password', 'differs'],
      ['s', 'retries', 'breaks'],
    ]);
    expect(found[0]?.what).toBe('enabled is false, by default true; the blueprint does not state it (one that is off lets nothing through)');
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('is shown whole while it is short, and by its beginning when it is long', () => {
    const what = (value: string) => unstatedDangers(wanted('kong.service', 's'), held('kong.service', 's', { note: value }), { fields: {} })[0]?.what;
    expect(what('x'.repeat(118))).toBe(`note is "${'x'.repeat(118)}"; the blueprint does not state it`);
    expect(what('x'.repeat(119))).toBe(`note is "${'x'.repeat(79)}… (121 characters); the blueprint does not state it`);
  });
});

describe('a value under a name of secrets', () => {
  const secrets = { clientSecret: 'hunter2-a', deep: { headers: { authorization: ['hunter2-b'] } }, 'saml.signing.private.key': 'hunter2-c', 'client.secret.rotated': 'hunter2-d', api_key: 'hunter2-e', bindCredential: 'hunter2-f' };
  it('is in no words and no fingerprint of what nobody stated, however deep and whatever is known of the field', () => {
    const told = unstatedDangers(wanted('kong.plugin', 'p', { config: {} }), held('kong.plugin', 'p', { ...secrets, config: secrets }), { fields: { config: map(any()) } });
    expect(told).toHaveLength(12);
    expect(JSON.stringify(told)).not.toContain('hunter2');
    const other = unstatedDangers(wanted('kong.plugin', 'p'), held('kong.plugin', 'p', { clientSecret: 'another' }), { fields: {} });
    expect(other[0]?.seen).toBe(told.find(({ field }) => field === 'clientSecret')?.seen);
  });
  it('is shown where it is none: a flag, a reference to a vault, a lifespan', () => {
    const open = { 'use.refresh.token': 'false', client_secret: '{vault://env/x}', 'access.token.lifespan': '31536000' };
    const told = JSON.stringify(unstatedDangers(wanted('kong.plugin', 'p'), held('kong.plugin', 'p', open), { fields: {} }));
    for (const value of Object.values(open)) expect(told).toContain(value);
  });
});

describe('the fingerprint of what was seen', () => {
  it('is the same for the same, in whatever order its keys come, and another for another', () => {
    expect(seenOf({ a: 1, b: [1, 2], c: null })).toBe(seenOf({ b: [1, 2], a: 1 }));
    expect(new Set([seenOf({ a: 1 }), seenOf({ a: '1' }), seenOf([1]), seenOf([1, 2]), seenOf([2, 1]), seenOf(null), seenOf({ a: { b: 1 } })]).size).toBe(7);
    expect(seenOf('x')).toMatch(/^[0-9a-f]{12}$/);
  });
  it('is the same tomorrow: blueprints hold it', () => expect([seenOf({ b: [1, { c: 'x' }], a: null, d: true }), seenOf(undefined)]).toEqual(['1f020151c335', '74234e98afe7']));
  it('tells a list from a mapping, and a secret from nothing', () =>
    expect(new Set([seenOf(['a']), seenOf({ 0: 'a' }), seenOf(new Secret('one-secret')), seenOf({}), seenOf('')]).size).toBe(5));
  it('says nothing of a secret', () => expect(seenOf(new Secret('one-secret'))).toBe(seenOf(new Secret('another-secret'))));
});
