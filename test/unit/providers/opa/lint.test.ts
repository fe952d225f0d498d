import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../../../src/providers/opa/bundle.ts';
import { opaCommand } from '../../../../src/providers/opa/command.ts';
import { lintPolicy } from '../../../../src/providers/opa/lint.ts';
import { opa } from '../../service/support/fixture.ts';

const at = { file: '/shop/blueprint.yaml', line: 40, column: 3 };
const lint = async (policyFiles: Readonly<Record<string, string>>, service = true) => {
  const bundle = buildBundle({ name: 'shop', policyFiles, data: {}, decisions: ['shop/authz'] });
  const problems = await lintPolicy(opaCommand(opa ?? ''), { bundle, decisions: ['shop/authz'], service, directory: '/shop/policy', at });
  return problems.map(({ code, message, at: place }) => `${code} ${place?.file ?? '?'}:${place?.line ?? 0}:${place?.column ?? 0} ${message.split(' cannot run')[0] ?? ''}`);
};
const rule = (body: string): string => `package shop.authz\n\ndefault allow := false\n\nallow if {\n\t${body}\n}\n`;

describe.skipIf(opa === undefined)('a policy is judged before it is published', () => {
  it.each([
    ['a typo in a rule', rule('inptu.token'), '6:2 var inptu is unsafe'],
    ['a variable that nobody reads', rule('x := 1'), '6:2 assigned var x unused'],
    ['what is no Rego', 'package shop.authz\n\nallow if {\n', '4:1 unexpected eof token'],
    ['a builtin that no OPA has', rule('io.jwt.verifi(input.token)'), '6:2 undefined function io.jwt.verifi'],
  ])('%s is told at its line and column', async (_what, text, told) => {
    expect(await lint({ 'authz.rego': text }, false)).toEqual([`OPA_POLICY /shop/policy/authz.rego:${told}`]);
  });

  it('all of it is told at once', async () => {
    const problems = await lint({ 'authz.rego': rule('x := 1'), 'more/other.rego': 'package shop.other\n\nallow if {\n\ty := 2\n}\n' });
    expect(problems).toEqual(['OPA_POLICY /shop/policy/authz.rego:6:2 assigned var x unused', 'OPA_POLICY /shop/policy/more/other.rego:4:2 assigned var y unused']);
  });

  it('a builtin that a service cannot run is told for every call, and is no problem where OPA decides', async () => {
    const text = rule('io.jwt.verify_rs256(input.token, "k")\n\tcrypto.md5("x") == "y"\n\ttime.parse_rfc3339_ns(input.at) > 0');
    expect(await lint({ 'authz.rego': text }, false)).toEqual([]);
    expect(await lint({ 'authz.rego': text })).toEqual([
      'OPA_BUILTIN /shop/policy/authz.rego:6:2 io.jwt.verify_rs256',
      'OPA_BUILTIN /shop/policy/authz.rego:7:2 crypto.md5',
      'OPA_BUILTIN /shop/policy/authz.rego:8:2 time.parse_rfc3339_ns',
    ]);
  });

  it('what a module does itself, what its runtime gives it, and what authctl adds are fine', async () => {
    const text = rule('time.now_ns() > 0\n\t[_, payload, _] := io.jwt.decode(input.token)\n\tsprintf("%v", [payload.sub]) == input.sub\n\tregex.match("^a", payload.sub)');
    expect(await lint({ 'authz.rego': text })).toEqual([]);
  });

  it('the policy of the shop runs in services, too', async () => {
    const files = ['authz', 'caller', 'inventory'].map((name) => [`${name}.rego`, readFileSync(`policies/shop/${name}.rego`, 'utf8')]);
    expect(await lint(Object.fromEntries(files))).toEqual([]);
  });

  it('an import that nothing uses is no problem, and hides none', async () => {
    const imports = 'package shop.authz\n\nimport data.shop.other\nimport input.a as b\nimport rego.v1\n\ndefault allow := false\n\n';
    const many = Array.from({ length: 30 }, (_, at) => `import input.a${at}\n`).join('');
    expect(await lint({ 'authz.rego': `${imports}allow if input.token\n` })).toEqual([]);
    expect(await lint({ 'authz.rego': `package shop.authz\n\n${many}\ndefault allow := false\n` })).toEqual([]);
    expect(await lint({ 'authz.rego': `${imports}allow if {\n\tx := 1\n}\n` })).toEqual(['OPA_POLICY /shop/policy/authz.rego:10:2 assigned var x unused']);
    expect(await lint({ 'authz.rego': `${imports}allow if inptu.token\n` })).toEqual(['OPA_POLICY /shop/policy/authz.rego:9:10 var inptu is unsafe']);
  });

  it('each file that was written for an OPA before 1.0 is told once, with what rewrites it', async () => {
    const old = 'package shop.authz\n\ndefault allow = false\n\nallow {\n\tinput.a\n}\n\nreasons[why] {\n\twhy := "x"\n}\n';
    const bundle = buildBundle({ name: 'shop', policyFiles: { 'authz.rego': old, 'more/new.rego': 'package shop.more\n\nallow if input.b\n', 'more/old.rego': 'package shop.more\n\ndeny[x] { x := input.c }\n', 'broken.rego': 'package shop.b\n\nallow {{\n' }, data: {} });
    const problems = await lintPolicy(opaCommand(opa ?? ''), { bundle, decisions: ['shop/authz'], service: false, directory: '/shop/policy', at });
    expect(problems.map(({ code, at: place, hint }) => [code, place?.file, place?.line, hint])).toEqual([
      ['OPA_POLICY', '/shop/policy/authz.rego', 5, 'opa fmt --v0-v1 --write /shop/policy/authz.rego rewrites it'],
      ['OPA_POLICY', '/shop/policy/more/old.rego', 3, 'opa fmt --v0-v1 --write /shop/policy/more/old.rego rewrites it'],
      ['OPA_POLICY', '/shop/policy/broken.rego', 4, undefined],
    ]);
  });

  it('a builtin in a rule that no decision needs is no problem', async () => {
    expect(await lint({ 'authz.rego': rule('input.ok'), 'tool.rego': 'package shop.tool\n\nhash := crypto.md5("x")\n' })).toEqual([]);
  });
});
