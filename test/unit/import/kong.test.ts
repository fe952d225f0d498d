import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createAuthctl } from '../../../src/app/index.ts';
import { expand } from '../../../src/patterns/index.ts';

const DATA = join(import.meta.dirname, '../../data/import/kong');
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const files = (await readdir(DATA)).filter((file) => /\.(json|ya?ml)$/.test(file));

describe.each(files)('the gateway of %s', (file) => {
  const imported = async () => {
    const out = join(directory, `${file}.blueprint.yaml`);
    const report = await createAuthctl({ env: {}, localStack: false }).import({ files: [join(DATA, file)], out, force: true });
    expect(report.problems).toEqual([]);
    return { ...report.data!, out };
  };

  it('becomes a blueprint that is valid, and that expands', async () => {
    const { out, secrets } = await imported();
    const authctl = createAuthctl({ env: Object.fromEntries(secrets.map(({ variable }) => [variable, 'set-by-somebody'])), localStack: false });
    expect((await authctl.validate(out)).problems.map(({ code, message, at }) => `${code} ${String(at?.line)} ${message}`)).toEqual([]);
    expect(expand(await authctl.load(out)).desired.length).toBeGreaterThan(0);
  });

  it('leaves no secret of the source in it, nor in what is said', async () => {
    expect(JSON.stringify(await imported())).not.toContain('planted');
  });

  it('becomes the same blueprint every time', async () => {
    await expect((await imported()).blueprint).toMatchFileSnapshot(join(import.meta.dirname, `golden/kong-${file}.blueprint.yaml`));
  });
});

it('proposes what verify could try, which is valid once somebody took it over', async () => {
  const out = join(directory, 'both.yaml');
  const report = await createAuthctl({ env: {}, localStack: false }).import({ files: [join(DATA, 'shop.yaml'), join(DATA, '../bookshop.json')], out });
  const text = report.data!.blueprint;
  const proposal = parse(text.slice(text.indexOf('\n# realm:')).replaceAll(/^# ?/gm, '')) as { realm: { scopes: object; clients: { web: object } }; expect: object; personas: object };
  expect(proposal.expect).toMatchObject({ ada: { orders: ['orders-all', 'orders-all-below', 'orders-health', 'orders-health-below'] }, anonymous: {} });
  const blueprint = parse(text) as { realm: object; raw: { keycloak: { entities: { users: object } } } };
  blueprint.raw.keycloak.entities.users = {};
  blueprint.realm = { ...blueprint.realm, roles: { ...(blueprint.realm as { roles: object }).roles, 'Team-Lead': {} }, ...proposal.realm, clients: { web: { ...proposal.realm.clients.web, redirectUris: ['https://shop.example/cb'] } } };
  // Roles with spaces are none that a persona can have.
  await writeFile(out, stringify({ ...blueprint, ...proposal, realm: blueprint.realm, personas: JSON.parse(JSON.stringify(proposal.personas).replaceAll('Team Lead', 'Team-Lead')) as object }));
  const env = { ...Object.fromEntries(report.data!.secrets.map(({ variable }) => [variable, 'set-by-somebody'])), BO_PASSWORD: 'password-of-bo' };
  expect((await createAuthctl({ env, localStack: false }).validate(out)).problems.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
});

it('warns of bundled jwt where nothing else verifies, in whatever order Kong gives its plugins', async () => {
  const plugin = (name: string): string => `  - { name: ${name}, instance_name: shop.${name}, config: {} }\n`;
  const unsafe = async (...plugins: readonly string[]): Promise<readonly string[]> => {
    const file = join(directory, 'guarded.yaml');
    await writeFile(file, `_format_version: "3.0"\nservices:\n- name: orders\n  url: http://orders:9101\n  routes: [{ name: list, paths: [/orders], methods: [GET] }]\n  plugins:\n${plugins.map(plugin).join('')}`);
    const report = await createAuthctl({ env: {}, localStack: false }).import({ files: [file], out: join(directory, 'guarded.blueprint.yaml'), force: true });
    return report.data!.unsafe.map(({ what }) => what.replace(/:.*/, ''));
  };
  for (const order of [['jwt', 'authctl-token-guard', 'authctl-scope-guard'], ['authctl-scope-guard', 'authctl-token-guard', 'jwt'], ['authctl-token-guard', 'jwt']]) expect(await unsafe(...order)).toEqual([]);
  for (const order of [['jwt'], ['authctl-scope-guard', 'jwt'], ['jwt', 'authctl-opa']]) expect(await unsafe(...order)).toEqual(['jwt checks neither issuer nor audience, nor whether a token has ended']);
});

describe('a file that is written as decK or an older Kong takes it', () => {
  const told = async (text: string) => {
    const file = join(directory, 'written.yaml');
    await writeFile(file, text);
    const report = await createAuthctl({ env: {}, localStack: false }).import({ files: [file] });
    expect(report.problems).toEqual([]);
    const { raw } = parse(report.data!.blueprint) as { raw: { kong: { entities: Readonly<Record<string, Readonly<Record<string, object>>>> } } };
    return { entities: raw.kong.entities, unsaid: report.data!.unsaid.map(({ address, why }) => `${address}: ${why}`) };
  };
  const kiln = (version: string, ...paths: readonly string[]): string => `_format_version: ${version}\nservices:\n- name: kiln\n  host: kiln.example\n  routes:\n  - name: firings\n    paths: ${JSON.stringify(paths)}\n`;

  // What a genuine Kong 3 makes of each: kong/db/migrations/migrate_path_280_300.lua.
  const OLD = ['/firings/\\d+$', '/a(b|c)', '/glaze', '/caf%C3%A9', '/slash%2fed', '/one%2Eone\\d', '/broken%ff', '~/pattern\\d'];
  const NEW = ['~/firings/\\d+$', '~/a(b|c)', '/glaze', '/café', '/slash%2Fed', '~/one\\.one\\d', '/broken%FF', '~/pattern\\d'];
  it.each(['"1.1"', '"2.1"', '2.1'])('has its patterns by their letters, of the format %s', async (version) => {
    expect((await told(kiln(version, ...OLD))).entities.routes?.firings).toMatchObject({ paths: NEW });
  });
  it('has them as they stand, of the format 3.0', async () => {
    expect((await told(kiln('"3.0"', ...OLD))).entities.routes?.firings).toMatchObject({ paths: OLD });
  });

  it('says of a row what Kong keeps, and of variables what is known', async () => {
    const { entities, unsaid } = await told(`_format_version: "3.0"
services:
- name: kiln
  _comment: a remark
  _ignore: [x]
  host: \${{ env "DECK_HOST" }}
  retries: \${{ env "DECK_RETRIES" | toInt }}
plugins:
- name: request-transformer
  instance_name: headers
  ordering: { before: { access: [jwt] } }
  config:
    add:
      headers: 
      - "X-Kiln:\${{ env "DECK_KILN" }}"
      - 'X-More:\${{ env "DECK_MORE" | indent 2 }}'
keyauth_credentials: [{ consumer: nobody, key: planted }]
targets: [{ upstream: nowhere, target: "kiln:80" }]
`);
    expect(entities).toEqual({
      services: { kiln: { host: '\${DECK_HOST}' } },
      plugins: { headers: { name: 'request-transformer', config: { add: { headers: ['X-Kiln:\${DECK_KILN}'] } } } },
    }); // prettier-ignore
    expect(unsaid.toSorted()).toEqual([
      'keyauth_credentials: 1 whose consumer is not in the file',
      'plugin request-transformer on everything, ordering: before and after which others it runs is not said by a blueprint',
      'raw.kong.entities.plugins.headers.config.add.headers.1: decK makes a number, or more, of a variable there: state what it comes to',
      'raw.kong.entities.services.kiln.retries: decK makes a number, or more, of a variable there: state what it comes to',
      'targets: 1 whose upstream is not in the file',
    ]); // prettier-ignore
  });
});
