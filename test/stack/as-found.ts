import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { stackEnv } from './authctl.ts';

/**
 * The shared stack, by name: what is there, and how the switches of its realms stand. The test files share it and run in any order, so that each leaves it as
 * it has found it: what one leaves is told of that one, and does not make another red on some day.
 */
type Found = Readonly<Record<string, string>>;

interface Row {
  readonly id?: string;
  readonly name?: string;
  readonly tags?: readonly string[] | null;
  readonly [field: string]: unknown;
}

/** The blueprint that all of them apply: what is its own may come and go with it. */
const SHARED = 'shop';
/** Its realm is there with all that is in it, or it is not. */
const REALMS = [SHARED, 'master'];
/** Lists of a realm, and by what one of them is called. */
const LISTS = {
  clients: 'clientId', users: 'username', roles: 'name', groups: 'name', 'client-scopes': 'name', components: 'name', 'authentication/flows': 'alias',
  'authentication/required-actions': 'alias', 'identity-provider/instances': 'alias', organizations: 'alias',
} as const;
const ENTITIES = ['services', 'routes', 'plugins', 'consumers', 'upstreams', 'certificates', 'snis', 'ca_certificates', 'vaults', 'keys', 'key-sets', 'jwts', 'acls', 'key-auths', 'basic-auths'];

/** What each apply notes of itself. */
const isNote = (attribute: string): boolean => attribute.startsWith('authctl.');
/** A realm that was made anew is called by another id, and is the same. */
const IDS = ['id', 'containerId'];
const switchesOf = (realm: Row): string =>
  JSON.stringify(realm, (key, value: unknown) => {
    if (IDS.includes(key)) return undefined;
    return key === 'attributes' && typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([name]) => !isNote(name)).toSorted()) : value;
  });

const rowsAt = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<readonly Row[]> => {
  const answer = await fetch(url, { headers: { accept: 'application/json', ...headers } });
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`);
  const body = (await answer.json()) as readonly Row[] | { readonly data: readonly Row[] };
  return 'data' in body ? body.data : body;
};

const inKeycloak = async (env: Readonly<Record<string, string>>): Promise<readonly (readonly [string, string])[]> => {
  const url = env.KEYCLOAK_URL ?? '';
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: env.KEYCLOAK_CLIENT_SECRET ?? '' });
  const { access_token: token } = (await (await fetch(`${url}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: form })).json()) as { access_token: string };
  const get = (path: string): Promise<readonly Row[]> => rowsAt(`${url}/admin/realms${path}`, { authorization: `Bearer ${token}` });
  const realms = await get('');
  const inside = await Promise.all(
    realms.flatMap(({ realm }) =>
      REALMS.flatMap((name) => (name === realm ? Object.entries(LISTS).map(async ([list, field]) => (await get(`/${name}/${list}?max=1000`)).map((row) => [`realm ${name}: ${list} ${String(row[field])}`, String(row.enabled ?? '')] as const)) : [])),
    ),
  );
  return [...realms.map((realm) => [`realm ${String(realm.realm)}`, switchesOf(realm)] as const), ...inside.flat()];
};

const inKong = async ({ KONG_ADMIN_URL: url = '' }: Readonly<Record<string, string>>): Promise<readonly (readonly [string, string])[]> => {
  const lists = await Promise.all(ENTITIES.map(async (entity) => [entity, await rowsAt(`${url}/${entity}?size=1000`)] as const));
  // Its own rows carry its mark.
  return lists.flatMap(([entity, rows]) => rows.flatMap(({ id, name, instance_name: instance, username, tags }) => (tags?.includes(`authctl:${SHARED}`) === true ? [] : [[`kong: ${entity} ${String(instance ?? username ?? name ?? '')} ${String(id)}`, ''] as const])));
};

const inStore = ({ BUNDLE_STORE: store = '' }: Readonly<Record<string, string>>): readonly (readonly [string, string])[] => {
  const directory = store.replace(/^file:/, '');
  const files = existsSync(directory) ? readdirSync(directory) : [];
  return files.flatMap((file) => (file.startsWith(`${SHARED}.`) ? [] : [[`bundle store: ${file}`, ''] as const]));
};

/** Policies that somebody put there by hand: those of a bundle are named by its file. */
const inOpa = async ({ OPA_URL: url = '' }: Readonly<Record<string, string>>): Promise<readonly (readonly [string, string])[]> => {
  const { result = [] } = (await (await fetch(`${url}/v1/policies`)).json()) as { readonly result?: readonly Row[] };
  return result.flatMap(({ id }) => (id?.startsWith(`${SHARED}/`) === true ? [] : [[`opa: policy ${String(id)}`, ''] as const]));
};

const look = async (): Promise<Found> => {
  const env = stackEnv();
  return Object.fromEntries([...(await inKeycloak(env)), ...(await inKong(env)), ...(await inOpa(env)), ...inStore(env)]);
};

const differences = (before: Found, after: Found): readonly string[] => {
  // A realm that was made or taken away was so with all that is in it, and with the client by which Keycloak itself gives rights over it.
  const realm = `realm ${SHARED}`;
  const moved = realm in before !== realm in after;
  const isIts = (name: string): boolean => moved && (name === realm || name.startsWith(`${realm}: `) || name === `realm master: clients ${SHARED}-realm`);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name] && !isIts(name)).toSorted();
  return names.map((name) => (name in before ? (name in after ? `changed ${name}: ${changed(before[name] ?? '', after[name] ?? '')}` : `gone    ${name}`) : `left    ${name}`));
};
const changed = (before: string, after: string): string => {
  if (!before.startsWith('{')) return `${before} -> ${after}`;
  const [was, is] = [before, after].map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
  return Object.keys({ ...was, ...is }).filter((field) => JSON.stringify(was?.[field]) !== JSON.stringify(is?.[field])).join(', ');
};

const noted = (): string => join(process.env.AUTHCTL_STACK_DIR ?? '', '../as-found.json');
/**
 * What the next file is compared with. What nobody can see goes by itself: API Gateway keeps an issuer's keys for hours, and so does its stand-in, whose
 * good tokens are refused where the realm was made anew.
 */
export const noteAsFound = async (): Promise<Found> => {
  const found = await look();
  await fetch(`${stackEnv().AWS_ENDPOINT ?? ''}/_authctl/forget-keys`, { method: 'POST' });
  writeFileSync(noted(), JSON.stringify(found), { mode: 0o600 });
  return found;
};

/** What a file has left, in words; nothing where it is all as it was. */
const leftBy = async (): Promise<string> => {
  const before = JSON.parse(readFileSync(noted(), 'utf8')) as Found;
  return differences(before, await noteAsFound()).map((line) => `\n  ${line}`).join('');
};

/**
 * After each file: one that leaves something is named. `AUTHCTL_AS_FOUND=strict`, as in `make test-long`, has it fail; else it is told alone, because what it
 * leaves is no fault of what it tries.
 */
export const holdToIt = (): void => {
  afterAll(async () => {
    const left = await leftBy().catch((thrown: unknown) => `\n  it cannot be looked at: ${String(thrown)}`);
    if (left === '') return;
    const words = `the shared stack is not left as it was found by ${expect.getState().testPath ?? 'a file'}:${left}`;
    if (process.env.AUTHCTL_AS_FOUND === 'strict') throw new Error(words);
    process.stderr.write(`${words}\n`);
  });
};
