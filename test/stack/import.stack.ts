import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthctl } from '../../src/app/index.ts';
import { addressOf } from '../../src/core/resource.ts';
import { stackEnv } from './authctl.ts';

const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const clientSecret = env.KEYCLOAK_CLIENT_SECRET ?? '';
const DATA = join(import.meta.dirname, '../data/import');
const suffix = randomBytes(3).toString('hex');

let directory: string;
const made: string[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'authctl-import-'));
});

/** An administrator with a browser, as far as Keycloak can tell. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the admin API answers
const byHand = async (method: string, path: string, body?: unknown): Promise<any> => {
  const login = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: env.KEYCLOAK_CLIENT_ID ?? 'authctl', client_secret: clientSecret }),
  });
  const { access_token: token } = (await login.json()) as { access_token: string };
  const answer = await fetch(`${url}/admin/realms${path}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
};

afterAll(async () => {
  for (const realm of made) await byHand('DELETE', `/${realm}`);
  await rm(directory, { recursive: true, force: true });
});

/** A realm that nobody has changed. */
const usual = async (): Promise<{ clientScopes?: unknown[] }> => {
  const name = `usual-${suffix}`;
  if (!made.includes(name)) await byHand('POST', '', { realm: name });
  if (!made.includes(name)) made.push(name);
  const exported: unknown = await byHand('POST', `/${name}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  return JSON.parse(JSON.stringify(exported, (field, value: unknown) => (field === 'id' ? undefined : value))) as { clientScopes?: unknown[] };
};

/** A realm of the file, under a name of its own. */
const setUp = async (file: string): Promise<string> => {
  const text = await readFile(join(DATA, file), 'utf8');
  const { realm } = JSON.parse(text) as { realm: string };
  const name = `${realm}-${suffix}`;
  const written = JSON.parse(text.replaceAll(`/realms/${realm}/`, `/realms/${name}/`).replaceAll(`default-roles-${realm}`, `default-roles-${name}`)) as { clientScopes?: object[] };
  // A file that states scopes states all of them: beside its own, those that every realm has.
  const scopes = written.clientScopes && [...written.clientScopes, ...(((await usual()).clientScopes ?? []) as object[])];
  await byHand('POST', '', { ...written, ...(scopes && { clientScopes: scopes }), realm: name, id: undefined });
  made.push(name);
  return name;
};
const files = (await readdir(DATA)).filter((file) => file.endsWith('.json') && !['hostile.json', 'portal-old.json'].includes(file));

interface Imported {
  readonly realm: string;
  readonly out: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly before: unknown;
}
const imports = new Map<string, Imported>();

const exportOf = async (realm: string): Promise<unknown> => normal(realm, await byHand('POST', `/${realm}/partial-export?exportClients=true&exportGroupsAndRoles=true`));

/** Handles, clocks, and what Keycloak or authctl writes down of itself. */
const OWN = /^(id|internalId|containerId|parentId|createdTimestamp|client\.secret\.creation\.time|authctl\..*|secret|notBefore|keycloakVersion|access|realm_client)$/;

/** An export without what is another in every realm, lists in an order of their own. */
const normal = (realm: string, value: unknown, field = ''): unknown => {
  if (typeof value === 'string') return value.startsWith('{') && field === '' ? normal(realm, JSON.parse(value)) : value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => normal(realm, item));
    return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, held]) => !OWN.test(name) && held !== null && held !== '' && !(Array.isArray(held) && held.length === 0) && !(typeof held === 'object' && Object.keys(held as object).length === 0));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, held]) => [name, normal(realm, held, name)] as const).filter(([, held]) => JSON.stringify(held) !== '{}'));
};
/** Keys that each realm makes for itself, and where authctl lets its marks be kept; what a client has by being made by the Admin API, and not by an import of a realm. */
const GENERATED = [/^components\.org\.keycloak\.(keys\.KeyProvider|userprofile\.)/, /^clients\..*\.attributes\.backchannel\.logout\.(session\.required|revoke\.offline\.tokens)$/];

const leavesOf = (value: unknown, path = ''): readonly (readonly [string, unknown])[] => {
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object') ? [[path, JSON.stringify(value)]] : value.flatMap((item, at) => leavesOf(item, `${path}.${nameOf(item) ?? String(at)}`));
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, held]) => leavesOf(held, path === '' ? name : `${path}.${name}`));
};
const nameOf = (value: unknown): string | undefined => {
  const { name, clientId, alias, username, client, clientScope } = Object(value) as Record<string, string | undefined>;
  return name ?? clientId ?? alias ?? username ?? client ?? clientScope;
};
/** `roles.realm.admin.description: "x" -> undefined` */
const differences = (before: unknown, after: unknown): readonly string[] => {
  const [left, right] = [new Map(leavesOf(before)), new Map(leavesOf(after))];
  return [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path) && !GENERATED.some((one) => one.test(path))).map((path) => `${path}: ${String(left.get(path))} -> ${String(right.get(path))}`);
};
const keyOf = (value: unknown): string => {
  return JSON.stringify([nameOf(value), value]);
};

it.each(files)('imports the realm of %s, and a plan has nothing to do', async (file) => {
  const realm = await setUp(file);
  const before = await exportOf(realm);
  const out = join(directory, `${realm}.yaml`);
  const imported = await createAuthctl({ env, localStack: false }).import({ from: ['keycloak'], realm, out });
  expect(imported.problems).toEqual([]);

  const clients = (await byHand('GET', `/${realm}/clients`)) as { clientId: string; secret?: string }[];
  const secretOf = (of: string): string => clients.find(({ clientId }) => of === `client ${clientId}`)?.secret ?? 'what-nobody-can-compare';
  const variables = Object.fromEntries(imported.data!.secrets.map(({ variable, of }) => [variable, secretOf(of)]));
  const authctl = createAuthctl({ env: { ...variables, KEYCLOAK_URL: url, KEYCLOAK_CLIENT_SECRET: clientSecret }, localStack: false });
  expect((await authctl.validate(out)).problems).toEqual([]);

  const report = await authctl.plan(out);
  expect(report.problems).toEqual([]);
  const changes = [...report.plan!.waves.flat(), ...report.plan!.removals.flat()].filter(({ action }) => action !== 'keep');
  expect(changes).toEqual([]);
  const differing = report.plan!.dangers.flatMap((change) => ('danger' in change && /not managed here/.test(change.danger.what) ? [`${addressOf(change.danger)}: ${change.danger.what}`] : []));
  expect(differing).toEqual([]);
  expect(await readFile(out, 'utf8')).not.toContain('planted');
  imports.set(file, { realm, out, variables, before });
});

// Of the others Keycloak shows no secrets, or makes more of a client and a directory by the Admin API than by an import of a realm.
it.each(['bank.json'])('builds the realm of %s anew where there is none', async (file) => {
  const { realm, out, variables, before } = imports.get(file)!;
  await byHand('DELETE', `/${realm}`);
  const blueprint = join(directory, `${realm}.anew.yaml`);
  await writeFile(blueprint, (await readFile(out, 'utf8')).replace(/^manage: none$/m, ''));
  const authctl = createAuthctl({ env: { ...variables, KEYCLOAK_URL: url, KEYCLOAK_CLIENT_SECRET: clientSecret }, localStack: false });
  const applied = await authctl.apply(blueprint, { approve: () => Promise.resolve(true) });
  expect(applied.problems).toEqual([]);
  const again = await authctl.plan(blueprint);
  expect([...again.plan!.waves.flat(), ...again.plan!.removals.flat()].filter(({ action }) => action !== 'keep')).toEqual([]);
  expect(differences(before, await exportOf(realm))).toEqual([]);
});
