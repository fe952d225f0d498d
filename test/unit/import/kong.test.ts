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
