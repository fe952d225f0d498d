import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBlueprint } from '../../../src/blueprint/index.ts';
import type { Blueprint } from '../../../src/blueprint/types.ts';
import { starterBlueprint } from '../../../src/blueprint/starter.ts';

export type Edit = readonly [string, string];

export const secrets = {
  KEYCLOAK_CLIENT_SECRET: 'secret-of-the-keycloak-client',
  REPORTS_SECRET: 'secret-of-the-reports-client',
  ALICE_PASSWORD: 'password-of-alice',
  SAM_PASSWORD: 'password-of-sam',
  OPA_TOKEN: 'token-of-the-policy-engine',
};

/** Replaces each text, which must be there. */
const edited = (text: string, edits: readonly Edit[]): string =>
  edits.reduce((whole, [from, to]) => {
    if (!whole.includes(from)) throw new Error(`there is no text ${JSON.stringify(from)}`);
    return whole.replaceAll(from, () => to);
  }, text);

/** Behind AWS, too: what the starter leaves out. */
export const withAws: readonly Edit[] = [
  ['\nrealm:', '\n  aws: { region: ap-northeast-1, endpoint: "http://127.0.0.1:9" }\n\nrealm:'],
  ['    audience: orders\n    routes', '    audience: orders\n    gateways: [kong, aws]\n    routes'],
];

const policy = join(import.meta.dirname, '../../../policies/shop');

/** The starter blueprint and the shop's policy in a directory of their own, with edits; the directory is gone afterwards. */
export const inShop = async <Result>(
  use: (file: string, directory: string) => Promise<Result>,
  { blueprint = [], rego = [] }: { readonly blueprint?: readonly Edit[]; readonly rego?: readonly Edit[] } = {},
): Promise<Result> => {
  const directory = await mkdtemp(join(tmpdir(), 'authctl-explain-'));
  try {
    await mkdir(join(directory, 'policy'));
    for (const name of ['authz.rego', 'caller.rego', 'inventory.rego', 'ownership.rego']) {
      const text = await readFile(join(policy, name), 'utf8');
      await writeFile(join(directory, 'policy', name), name === 'authz.rego' ? edited(text, rego) : text);
    }
    const file = join(directory, 'blueprint.yaml');
    await writeFile(file, edited(starterBlueprint('shop', 'policy'), blueprint));
    return await use(file, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

export const shop = (...edits: readonly Edit[]): Promise<Blueprint> =>
  inShop((file) => loadBlueprint(file, { env: secrets }), { blueprint: edits });
