import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cli } from './run.ts';

const DATA = join(import.meta.dirname, '../data/import');
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** What no blueprint says: what is somebody's own. */
const AUTHORIZED = { authorizationServicesEnabled: true, authorizationSettings: { resources: [{ name: 'shelf', owner: { name: 'ada' }, ownerManagedAccess: true }] } };

const ENV = { KEYCLOAK_CLIENT_SECRET: 'secret-of-the-login', BATCH_SECRET: 'secret-of-the-batch', ADA_PASSWORD: 'password-of-ada', BO_PASSWORD_SECRET_DATA: '{"value":"x"}', KEYCLOAK_URL: 'http://127.0.0.1:9' };

describe('docs/import.md', () => {
  it('shows commands that do what it says', async () => {
    const realm = JSON.parse(await readFile(join(DATA, 'bookshop.json'), 'utf8')) as { clients: { clientId: string }[] };
    const clients = realm.clients.map((client) => (client.clientId === 'batch' ? { ...client, ...AUTHORIZED } : client));
    await writeFile(join(directory, 'realm-export.json'), JSON.stringify({ ...realm, clients }));
    const page = await readFile(join(import.meta.dirname, '../../docs/import.md'), 'utf8');
    const commands = [...page.matchAll(/^ {4}authctl (.*?)(?: +#.*)?$/gm)].map(([, line = '']) => line.trim().split(/\s+/).map((word) => (/\.(json|yaml)$/.test(word) ? join(directory, word) : word)));
    expect(commands.map(([name]) => name)).toEqual(['import', 'validate', 'plan', 'inventory']);
    const ended = [];
    for (const command of commands) ended.push(await cli([...command, '--no-stack'], ENV));
    // Nobody is at the address: what contacts a server says so.
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 3, 3]);
    expect(ended[0]?.stdout).toContain('not said, and left as it is:');
    expect(ended[0]?.stdout).not.toContain('planted');
    expect(ended[1]?.stdout).toContain('is valid');
  });
});

describe('import', () => {
  it('prints the blueprint where no file is named, and all of it as JSON', async () => {
    const text = await cli(['import', '--from-file', join(DATA, 'bookshop.json'), join(DATA, 'kong/shop.yaml'), '--no-stack']);
    expect([text.exitCode, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toContain('apiVersion: authctl/v1');
    const json = JSON.parse((await cli(['import', '--from-file', join(DATA, 'bookshop.json'), '--json', '--no-stack'])).stdout) as { data: { secrets: unknown[]; unsafe: unknown[]; unsaid: unknown[] } };
    expect(json.data.secrets).toContainEqual({ variable: 'BATCH_SECRET', of: 'client batch' });
    expect(json.data.unsafe).toContainEqual({ at: 'raw.keycloak.entities.clients.shop-web.webOrigins', what: 'pages of every origin may ask for tokens', instead: 'Name the origins' });
    expect(json.data.unsaid).toEqual([]);
  });

  it.each([
    [['import'], 'IMPORT_NOTHING'],
    [['import', '--from', 'keycloak', '--realm', 'shop', '--url', 'http://127.0.0.1:9'], 'IMPORT_LOGIN'],
    [['import', '--from', 'nobody'], "argument 'nobody' is invalid"],
  ])('%s says what is missing', async (argv, told) => {
    const { exitCode, stderr } = await cli([...argv, '--no-stack']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(told);
  });
});
