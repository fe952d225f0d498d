import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthctl } from '../../../src/app/index.ts';
import { expand } from '../../../src/patterns/index.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-flows-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const imported = async (authenticationFlows: readonly object[], authenticatorConfig: readonly object[] = [], more: object = {}) => {
  const source = join(directory, 'realm.json');
  const out = join(directory, 'realm.yaml');
  await writeFile(source, JSON.stringify({ realm: 'portal', enabled: true, authenticationFlows, authenticatorConfig, ...more }));
  const authctl = createAuthctl({ env: { SHOP_RECAPTCHA_SECRET_KEY: 'set-by-somebody', SET: 'set-by-somebody' }, localStack: false });
  const report = await authctl.import({ files: [source], out, force: true });
  expect(report.problems).toEqual([]);
  const { unsaid, secrets } = report.data!;
  const withSecrets = createAuthctl({ env: Object.fromEntries(secrets.map(({ variable }) => [variable, 'set-by-somebody'])), localStack: false });
  expect((await withSecrets.validate(out)).problems).toEqual([]);
  const desired = expand(await withSecrets.load(out)).desired.filter(({ kind }) => kind.startsWith('keycloak.flow'));
  return { desired, text: await readFile(out, 'utf8'), left: unsaid.map(({ address, why }) => `${address}: ${why}`).filter((text) => /flow|configuration/.test(text)) };
};

const cookie = { authenticator: 'auth-cookie', requirement: 'ALTERNATIVE', priority: 10, authenticatorFlow: false, autheticatorFlow: false, userSetupAllowed: false };
const inside = (flowAlias: string, priority: number) => ({ flowAlias, requirement: 'ALTERNATIVE', priority, authenticatorFlow: true, autheticatorFlow: true, userSetupAllowed: false });
const flow = (alias: string, steps: readonly object[], over: object = {}) => ({ id: alias, alias, description: '', providerId: 'basic-flow', topLevel: true, builtIn: false, authenticationExecutions: steps, ...over });

it('a mark of a blueprint that owned an object is no part of it', async () => {
  const { text } = await imported([], [], {
    roles: { realm: [{ name: 'reader', attributes: { 'authctl.owner': ['shop'], team: ['red'] } }] },
    groups: [{ name: 'staff', attributes: { 'authctl.owner': ['shop'] } }],
    users: [{ username: 'alice', enabled: true, attributes: { 'authctl.owner': ['shop'], 'authctl.credential': ['a.b'] } }],
  });
  expect(text).toContain('team');
  expect(text).not.toContain('authctl.');
});

describe('flows of a realm', () => {
  it('become flows of a blueprint, in the order in which they are passed, with what is bound', async () => {
    const { desired, left, text } = await imported(
      [
        flow('ours', [inside('ours forms', 20), cookie], { description: 'how we sign in' }),
        flow('ours forms', [{ authenticator: 'registration-recaptcha-action', requirement: 'REQUIRED', priority: 10, authenticatorConfig: 'shop recaptcha' }], { topLevel: false, providerId: 'form-flow' }),
      ],
      [{ id: '1', alias: 'shop recaptcha', config: { 'site.key': 'public', 'secret.key': 'planted', hidden: '**********' } }],
      { browserFlow: 'ours' },
    );
    expect(left).toEqual(['configuration shop recaptcha, hidden: the server does not show it: state it when you take the flow over']);
    expect(desired).toMatchObject([
      {
        id: 'portal/ours',
        spec: {
          description: 'how we sign in',
          providerId: 'basic-flow',
          steps: {
            'auth-cookie': { place: 1, requirement: 'ALTERNATIVE' },
            'ours forms': { place: 2, flowAlias: 'ours forms', providerId: 'form-flow' },
            'ours forms/registration-recaptcha-action': { place: 1, requirement: 'REQUIRED', authenticatorConfig: 'shop recaptcha' },
          },
          config: { 'shop recaptcha/site.key': 'public' },
        },
      },
      { id: 'portal/browserFlow', spec: { flow: 'ours' } },
    ]);
    expect(text).not.toContain('planted');
  });

  it.each<readonly [what: string, flows: readonly object[], configs: readonly object[], left: readonly string[]]>([
    ['with a part that is not there', [flow('ours', [inside('gone', 10)])], [], ['authentication flow ours: a flow "gone" inside it is not there']],
    ['with a part of two', [flow('ours', [inside('part', 10)]), flow('theirs', [inside('part', 10)]), flow('part', [cookie], { topLevel: false })], [], ['authentication flow theirs: "part" is part of two']],
    ['with one setting for two steps', [flow('ours', [{ ...cookie, authenticatorConfig: 'c' }, { ...cookie, authenticatorConfig: 'c' }])], [{ alias: 'c', config: {} }], ['authentication flow ours: configuration "c" is of two steps']],
    ["under the name of one of Keycloak's own", [flow('browser', [cookie])], [], ['authentication flow browser: "browser" is the name of one of Keycloak\'s own']],
    ['with a step that is nothing', [flow('ours', [{ requirement: 'REQUIRED' }])], [], ['authentication flow ours: a step does not say what it is']],
    ['with a word that Keycloak does not know', [flow('ours', [{ ...cookie, requirement: 'OPTIONAL' }])], [], ['authentication flow ours: "OPTIONAL" is no requirement']],
    ['inside itself', [flow('ours', [inside('part', 10)]), flow('part', [inside('part', 10)], { topLevel: false })], [], ['authentication flow ours: "part" is inside itself']],
    ['with a placeholder for a name', [flow('$(env:NAME)', [cookie])], [], ['authentication flow $(env:NAME): no blueprint has a name such as "$(env:NAME)"']],
    ['that is part of none', [flow('part', [cookie], { topLevel: false })], [], ['authentication flow part: part of no flow that is said']],
  ])('are named where a blueprint cannot say them: %s', async (_what, flows, configs, expected) => {
    const { desired, left } = await imported(flows, configs);
    expect(left).toEqual(expected);
    expect(desired.filter(({ id }) => id !== 'portal/ours' || expected[0]?.startsWith('authentication flow ours'))).toEqual([]);
  });
});
