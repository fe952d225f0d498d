import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/core/secret.ts';
import { packBundle, textsOf, unpackBundle } from '../../../../src/providers/opa/archive.ts';
import { buildBundle, decisionsIn, isOf, manifestOf, revisionOf, shownSignature } from '../../../../src/providers/opa/bundle.ts';
import { draws } from '../../../properties.ts';

const policyFiles = { 'authz.rego': '# METADATA\n# title: shop\npackage shop.authz\n\ndefault allow := false\n' };

describe('a bundle', () => {
  it('holds the policy, the facts and a manifest that claims one root', () => {
    const { revision, files } = buildBundle({ name: 'shop', policyFiles, data: { b: 1, a: [2] }, decisions: ['shop/authz'] });
    expect(files).toEqual({
      '.manifest': `{"metadata":{"authctl":{"decision":"shop/authz"}},"rego_version":1,"revision":"${revision}","roots":["shop"]}`,
      'authz.rego': policyFiles['authz.rego'],
      'data.json': '{"shop":{"blueprint":{"a":[2],"b":1}}}',
    });
    expect(revision).toMatch(/^[0-9a-f]{16}$/);
  });

  it('has the same bytes and revision whatever the order of its parts', async () => {
    const extra = { 'z.rego': 'package shop.z', 'a/b.rego': 'package shop.b' };
    const one = buildBundle({ name: 'shop', policyFiles: { ...policyFiles, ...extra }, data: { a: 1, b: { c: 2, d: 3 } } });
    const two = buildBundle({ name: 'shop', policyFiles: { ...extra, ...policyFiles }, data: { b: { d: 3, c: 2 }, a: 1 } });
    expect(two).toEqual(one);
    expect((await packBundle(two.files)).equals(await packBundle(one.files))).toBe(true);
    const files = [['a', '1'], ['c', '2'], ['b', '3']] as const;
    const packed = await packBundle(Object.fromEntries(files));
    expect((await packBundle(Object.fromEntries(files.toReversed()))).equals(packed)).toBe(true);
    expect(Object.keys((await unpackBundle(packed)) ?? {})).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['the policy', { policyFiles: { 'authz.rego': 'package shop.authz\ndefault allow := true\n' }, data: {} }],
    ['a file name', { policyFiles: { 'other.rego': policyFiles['authz.rego'] }, data: {} }],
    ['the facts', { policyFiles, data: { issuer: 'https://elsewhere' } }],
    ['what is asked', { policyFiles, data: {}, decisions: ['shop/authz'] }],
  ])('has another revision when %s changes', (_what, change) => {
    expect(buildBundle({ name: 'shop', ...change }).revision).not.toBe(buildBundle({ name: 'shop', policyFiles, data: {} }).revision);
  });

  it('owns a root that Rego can name', () => {
    const { files } = buildBundle({ name: 'my-shop', policyFiles: { 'a.rego': 'package my_shop.authz' }, data: {} });
    expect(manifestOf(files)?.roots).toEqual(['my_shop']);
  });

  it.each(['package shop', 'package  shop', 'package\tshop.authz', '# package other\n  # more\n\n package shop.authz', 'package shop.a_1'])('takes a policy inside its root: %j', (text) => {
    expect(buildBundle({ name: 'shop', policyFiles: { 'a.rego': text }, data: {} }).files['a.rego']).toBe(text);
  });

  it.each(['package billing.authz', 'package shopping', '# package shop\npackage x', 'allow := true', 'package shop2', 'package', 'x := 1 # package shop', '\n  # package shop\nallow := true'])(
    'refuses a policy outside its root: %s',
    (text) => {
      expect(() => buildBundle({ name: 'shop', policyFiles: { 'a.rego': text }, data: {} })).toThrow(
        expect.objectContaining({ code: 'OPA_PACKAGE_OUTSIDE_ROOT' }),
      );
    },
  );

  it.each(['shop/blueprint/data.json', '.manifest', '.signatures.json'])('refuses a policy file that it makes itself: %s', (path) => {
    expect(() => buildBundle({ name: 'shop', policyFiles: { [path]: '{}' }, data: {} })).toThrow(
      expect.objectContaining({ code: 'OPA_FILE_RESERVED' }),
    );
  });

  it('holds the data of the policy as one document, YAML and JSON alike', () => {
    const more = { 'shop/tariff/data.yaml': 'basic: 3\n', 'data.json': '{"shop":{"limits":{"orders":5}}}' };
    const { files } = buildBundle({ name: 'shop', policyFiles: { ...policyFiles, ...more }, data: { a: 1 } });
    expect(files).toEqual({
      '.manifest': expect.any(String) as string,
      'authz.rego': policyFiles['authz.rego'],
      'data.json': '{"shop":{"blueprint":{"a":1},"limits":{"orders":5},"tariff":{"basic":3}}}',
    });
  });

  it.each([
    ['OPA_DATA', 'is no JSON', { 'data.json': '{' }],
    ['OPA_DATA', 'is no YAML', { 'shop/data.yaml': 'a: [' }],
    ['OPA_DATA', 'says a member twice', { 'shop/data.json': '{"a":1,"a":2}' }],
    ['OPA_DATA', 'says what another file says', { 'data.json': '{"shop":{"a":1}}', 'shop/data.json': '{"a":2}' }],
    ['OPA_DATA', 'is there in two forms', { 'shop/data.json': '{"a":1}', 'shop/data.yaml': 'b: 2' }],
    ['OPA_DATA', 'holds a number that a service would round', { 'shop/data.json': '{"a":12345678901234567890}' }],
    ['OPA_DATA', 'holds such a number in YAML', { 'shop/data.yaml': 'a: 12345678901234567890' }],
    ['OPA_DATA', 'holds a fraction of too many digits', { 'shop/data.json': '{"a":0.1234567890123456}' }],
    ['OPA_DATA', 'says what the blueprint says', { 'data.json': '{"shop":{"blueprint":{"issuer":"https://evil.example"}}}' }],
    ['OPA_PACKAGE_OUTSIDE_ROOT', 'is not below its root', { 'billing/data.json': '{"a":1}' }],
  ])('refuses data by %s when it %s', (code, _what, more) => {
    const build = () => buildBundle({ name: 'shop', policyFiles: { ...policyFiles, ...more }, data: { issuer: 'https://id.example' } });
    expect(build).toThrow(expect.objectContaining({ code }));
  });

  it('takes long rows of digits in text for what they are', () => {
    const more = { 'shop/data.json': '{"iban":"DE12345678901234567890 \\" 99"}' };
    expect(buildBundle({ name: 'shop', policyFiles: { ...policyFiles, ...more }, data: {} }).files['data.json']).toContain('DE12345678901234567890');
  });

  it('takes numbers of fifteen digits, and tells in which file and why another is refused', () => {
    const build = (text: string, path = 'shop/data.json') => buildBundle({ name: 'shop', policyFiles: { ...policyFiles, [path]: text }, data: {} });
    expect(build('{"a":123456789012345,"b":0.12345678901234}').files['data.json']).toContain('123456789012345');
    expect(build('{"a":"1234567890123456","b":["x\\\\", "1234567890123456"]}').files['data.json']).toContain('1234567890123456');
    expect(() => build('{"a":1234567890123456}')).toThrow(expect.objectContaining({ message: expect.stringMatching(/^shop\/data\.json .*1234567890123456/) as string, hint: expect.any(String) as string }));
    expect(() => build('a: [', 'shop/data.yaml')).toThrow(expect.objectContaining({ message: expect.stringMatching(/^shop\/data\.yaml [^\n]+$/) as string }));
  });

  it('owns what the blueprint names besides, and nothing beside that', () => {
    const envoy = { 'a.rego': 'package envoy.authz', 'b.rego': 'package envoy["authz"].more', 'envoy/authz/data.json': '{"a":1}' };
    const build = (files: Readonly<Record<string, string>>) => buildBundle({ name: 'shop', roots: ['envoy/authz', 'lib'], policyFiles: { ...policyFiles, ...files }, data: {} });
    const { files } = build(envoy);
    expect(manifestOf(files)?.roots).toEqual(['shop', 'envoy/authz', 'lib']);
    expect(JSON.parse(files['data.json'] ?? '')).toEqual({ envoy: { authz: { a: 1 } }, shop: { blueprint: {} } });
    expect([isOf('shop', ['shop', 'lib']), isOf('shop', ['lib', 'shop']), isOf('my-shop', ['my_shop']), isOf('shop', undefined)]).toEqual([true, false, true, false]);
    for (const stray of [{ 'a.rego': 'package envoy' }, { 'a.rego': 'package envoy.authzx' }, { 'envoy/data.json': '{"other":1}' }, { 'data.json': '{"envoy":{"authz":{}},"more":1}' }, { 'data.json': '{"envoy":[]}' }])
      expect(() => build(stray)).toThrow(expect.objectContaining({ code: 'OPA_PACKAGE_OUTSIDE_ROOT', hint: 'authorization.roots names what else is its own' }));
  });

  it('takes data of many megabytes, and has the same text for it in whatever order it stands', () => {
    const people = Array.from({ length: 20_000 }, (_, at): readonly [string, object] => [`user-${at}`, { name: `Person ${at}`, groups: [`g${at % 7}`, { b: 1, a: [at] }], a: null }]);
    const build = (entries: typeof people) => buildBundle({ name: 'shop', policyFiles: { ...policyFiles, 'shop/people/data.json': JSON.stringify(Object.fromEntries(entries)) }, data: {} });
    const one = build(people);
    expect(one).toEqual(build(people.toReversed()));
    const { shop: { people: held } } = JSON.parse(one.files['data.json'] ?? '') as { shop: { people: Readonly<Record<string, object>> } };
    expect(held).toEqual(Object.fromEntries(people));
    expect([Object.keys(held), Object.keys(held['user-0'] ?? {})]).toEqual([people.map(([name]) => name).toSorted(), ['a', 'groups', 'name']]);
  });

  it('is signed by an algorithm and a key that a plan can show', () => expect(shownSignature({ algorithm: 'ES256', keyId: 'prod', key: new Secret('hunter2-hunter2') })).toBe('ES256 by "prod"'));

  it('says for which decision it was built, where it says so', () => {
    const manifest = (settings: unknown) => ({ '.manifest': JSON.stringify({ revision: 'r', roots: ['shop'], metadata: { authctl: settings } }) });
    expect([decisionsIn(manifest({ decision: 'shop/authz/result' })), decisionsIn({}), decisionsIn(manifest({})), decisionsIn(manifest({ decision: 7 })), decisionsIn({ '.manifest': '{' })]).toEqual([['shop/authz/result'], [], [], [], []]);
    const { files } = buildBundle({ name: 'shop', policyFiles, data: {}, decisions: ['shop/authz', 'shop/other'] });
    expect(decisionsIn(files)).toEqual(['shop/authz', 'shop/other']);
  });

  it('comes back as it was packed', async () => {
    const name = fc.stringMatching(/^[a-z]{1,9}(\/[a-z]{1,9}){0,3}\.rego$/);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.string({ unit: 'grapheme' }), { noNullPrototype: true }), async (files) => {
        expect(textsOf((await unpackBundle(await packBundle(files))) ?? {})).toEqual(files);
      }),
      { numRuns: draws(50) },
    );
  });

  it('is not taken for one when it is something else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await unpackBundle(Buffer.from(bytes))).toBe(undefined);
      }),
      { numRuns: draws(50) },
    );
    const whole = await packBundle(policyFiles);
    expect(await unpackBundle(whole.subarray(0, whole.length - 20))).toBe(undefined);
  });

  it('says its real revision when somebody changed a file and left the manifest', () => {
    const { files, revision } = buildBundle({ name: 'shop', policyFiles, data: {} });
    const altered = { ...files, 'authz.rego': 'package shop.authz\ndefault allow := true\n' };
    expect(manifestOf(altered)?.revision).toBe(revision);
    expect(revisionOf(altered, { roots: ['shop'], settings: {} })).not.toBe(revision);
    expect(revisionOf(files, { roots: ['shop'], settings: {} })).toBe(revision);
  });
});
