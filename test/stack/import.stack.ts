import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isMap, parse, parseDocument } from 'yaml';
import { createAuthctl } from '../../src/app/index.ts';
import { addressOf } from '../../src/core/resource.ts';
import { REALM_FILES as DATA, takenFiles } from '../realm-files.ts';
import { stackEnv } from './authctl.ts';

const env = stackEnv();
const url = env.KEYCLOAK_URL ?? '';
const clientSecret = env.KEYCLOAK_CLIENT_SECRET ?? '';
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

interface RealmRep {
  readonly realm: string;
  readonly clientScopes?: readonly object[];
  readonly authenticationFlows?: readonly object[];
  readonly authenticatorConfig?: readonly object[];
  readonly userProfile?: { readonly attributes: readonly object[]; readonly unmanagedAttributePolicy?: string };
  readonly clientTemplate?: unknown;
}
/** A realm that nobody has changed. */
const usual = (): Promise<Partial<RealmRep>> => (untouched ??= readUsual());
let untouched: Promise<Partial<RealmRep>> | undefined;
const readUsual = async (): Promise<Partial<RealmRep>> => {
  const name = `usual-${suffix}`;
  await byHand('POST', '', { realm: name });
  made.push(name);
  const exported: unknown = await byHand('POST', `/${name}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  return JSON.parse(JSON.stringify(exported, (field, value: unknown) => (field === 'id' ? undefined : value))) as Partial<RealmRep>;
};

/** What each file leaves to the environment. */
const SET: Readonly<Record<string, string>> = { SMTP_HOST: 'mail.depot.example', SMTP_PASSWORD: 'of-the-mail-server', STOCK_SECRET: 'of-stock', OTHER_PASSWORD: 'of-other' };
/** A file with these, as YAML 1.1 where it is YAML. */
const parsed = (file: string, text: string): unknown => {
  const plain = text.replace(/\$\(env:(\w+)(?::-([^)]*))?\)/g, (_, name: string, otherwise?: string) => SET[name] ?? otherwise ?? '');
  return file.endsWith('.json') ? JSON.parse(plain) : parse(plain, { merge: true, version: '1.1' });
};

/** A realm of the file, under a name of its own. */
const setUp = async (file: string): Promise<string> => {
  const text = await readFile(join(DATA, file), 'utf8');
  const { realm } = parsed(file, text) as RealmRep;
  const name = `${realm}-${suffix}`;
  // A profile is put by keycloak-config-cli beside the realm, and an anchor is nothing to a server.
  const { userProfile, clientTemplate: _, ...written } = parsed(file, text.replaceAll(`/realms/${realm}/`, `/realms/${name}/`).replaceAll(`default-roles-${realm}`, `default-roles-${name}`)) as RealmRep;
  // A file that states scopes or flows states all of them: beside its own, those that every realm has.
  const more = written.clientScopes || written.authenticationFlows ? await usual() : {};
  const scopes = written.clientScopes && { clientScopes: [...written.clientScopes, ...(more.clientScopes ?? [])] };
  const flows = written.authenticationFlows && { authenticationFlows: [...written.authenticationFlows, ...(more.authenticationFlows ?? [])], authenticatorConfig: [...(written.authenticatorConfig ?? []), ...(more.authenticatorConfig ?? [])] };
  await byHand('POST', '', { ...written, ...scopes, ...flows, realm: name, id: undefined });
  made.push(name);
  if (userProfile !== undefined) {
    const held = (await byHand('GET', `/${name}/users/profile`)) as NonNullable<RealmRep['userProfile']>;
    await byHand('PUT', `/${name}/users/profile`, { ...held, ...userProfile, attributes: [...held.attributes, ...userProfile.attributes] });
  }
  return name;
};
const files = await takenFiles();

type Unsaid = readonly { readonly address: string; readonly why: string }[];
interface Imported {
  readonly realm: string;
  readonly out: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly before: unknown;
  readonly unsaid: Unsaid;
}
const imports = new Map<string, Imported>();

/** Everything that an export of a realm shows, and the people in it, whom a partial one leaves out. */
const exportOf = async (realm: string): Promise<unknown> => {
  const exported: { users?: object[] } = await byHand('POST', `/${realm}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  const all = (await byHand('GET', `/${realm}/users?briefRepresentation=false&max=21`)) as { id: string }[];
  // More are people, and not copied.
  const people = all.length > 20 ? [] : all;
  const users = await Promise.all(
    people.map(async (one) => {
      const [roles, groups] = await Promise.all([byHand('GET', `/${realm}/users/${one.id}/role-mappings`), byHand('GET', `/${realm}/users/${one.id}/groups`)]);
      const names = (list: { name: string }[] | undefined): string[] => (list ?? []).map(({ name }) => name);
      const ofClients = Object.entries((roles.clientMappings ?? {}) as Record<string, { mappings: { name: string }[] }>).map(([client, { mappings }]) => [client, names(mappings)] as const);
      return { ...one, realmRoles: names(roles.realmMappings), clientRoles: Object.fromEntries(ofClients), groups: (groups as { path: string }[]).map(({ path }) => path) };
    }),
  );
  // An export has it where somebody has written one.
  return normal(realm, { ...exported, users: [...(exported.users ?? []), ...users], userProfile: await byHand('GET', `/${realm}/users/profile`) });
};

/** Handles, clocks, and what Keycloak or authctl writes down of itself. */
const OWN = /^(id|internalId|containerId|parentId|createdTimestamp|client\.secret\.creation\.time|authctl\..*|secret|notBefore|keycloakVersion|access|realm_client|totp|disableableCredentialTypes)$/;

/** An export without what is another in every realm, lists in an order of their own. */
const normal = (realm: string, value: unknown, field = ''): unknown => {
  if (typeof value === 'string') return value.startsWith('{') && field === '' ? normal(realm, JSON.parse(value)) : value;
  if (Array.isArray(value)) {
    const items = (field === 'authenticationExecutions' ? inOrder(value as Step[]) : value).map((item: unknown) => normal(realm, item));
    return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, held]) => !OWN.test(name) && held !== null && held !== '' && !(Array.isArray(held) && held.length === 0) && !(typeof held === 'object' && Object.keys(held as object).length === 0));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, held]) => [name, normal(realm, held, name)] as const).filter(([, held]) => JSON.stringify(held) !== '{}'));
};
interface Step {
  readonly priority?: number;
}
/** Steps by their place: which numbers say it is nobody's choice. */
const inOrder = (steps: readonly Step[]): readonly Step[] => steps.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0)).map((step, at) => ({ ...step, priority: at + 1 }));
/** Keys that each realm makes for itself, and where authctl lets its marks be kept; what a client has by being made by the Admin API, and not by an import of a realm. */
const GENERATED = [
  /^components\.org\.keycloak\.(keys\.KeyProvider|userprofile\.)/, /^clients\..*\.attributes\.backchannel\.logout\.(session\.required|revoke\.offline\.tokens)$/,
  /^userProfile\.(unmanagedAttributePolicy|attributes\.[^.]+\.annotations\.authctl\.)/,
  // What is so where nobody says it.
  /^components\.org\.keycloak\.storage\.UserStorageProvider\.[^.]+\.config\.krbPrincipalAttribute$/, /^clients\.legacy\.attributes\.(saml\.signature\.algorithm|saml_signature_canonicalization_method)$/,
]; // prettier-ignore
/** Of these, what is off is as if it were not there. */
const OFF = [/^identityProviders\.[^.]+\.\w+$/, /^clients\.[^.]+\.attributes\.saml[._]/];
/** What an import names as not said in the blueprint, and where a realm that is made anew differs by it. */
const TOLD: readonly (readonly [address: RegExp, place: (...names: readonly string[]) => string])[] = [
  [/^required action (.+)$/, (alias) => `requiredActions.${alias}.`],
  [/^client (.+), service account$/, (client) => `users.service-account-${client}.`],
  [/^client (.+), (\w+)$/, (client, field) => `clients.${client}.${field}`],
  [/^client ([^,]+)$/, (client) => `clients.${client}.`],
  [/^default client scope/, () => 'defaultDefaultClientScopes'],
  [/^optional client scope/, () => 'defaultOptionalClientScopes'],
  [/^component (.+), mappers$/, (name) => `components.org.keycloak.storage.UserStorageProvider.${name}.subComponents.`],
  [/^user profile, (\w+)$/, (field) => `userProfile.${field}`],
  [/^user ([^,]+)$/, (name) => `users.${name}.`],
  [/^group \/(.+)$/, (path) => `groups.${path}.`],
  [/^raw\.keycloak\.entities\.roles\.(.+)$/s, (name) => `roles.realm.${name}`],
  [/^realm\.(.+)$/, (field) => field],
];
const isTold = (unsaid: Unsaid, path: string): boolean =>
  unsaid.some(({ address }) => {
    if (address === 'users, default role' && /^users\.[^.]+\.realmRoles/.test(path)) return true;
    const [form, place] = TOLD.find(([one]) => one.test(address)) ?? [];
    return form !== undefined && place !== undefined && path.startsWith(place(...(form.exec(address) ?? []).slice(1)));
  });

const leavesOf = (value: unknown, path = ''): readonly (readonly [string, unknown])[] => {
  if (Array.isArray(value)) return value.every((item) => typeof item !== 'object') ? [[path, JSON.stringify(value)]] : value.flatMap((item, at) => leavesOf(item, `${path}.${nameOf(item) ?? String(at)}`));
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, held]) => leavesOf(held, path === '' ? name : `${path}.${name}`));
};
const nameOf = (value: unknown): string | undefined => {
  const { name, clientId, alias, username, client, clientScope } = Object(value) as Record<string, string | undefined>;
  return clientId ?? alias ?? name ?? username ?? client ?? clientScope;
};
/** `roles.realm.admin.description: "x" -> undefined` */
const differences = (before: unknown, after: unknown): readonly string[] => {
  const [left, right] = [new Map(leavesOf(before)), new Map(leavesOf(after))];
  return [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path) && !isOff(path, left.get(path), right.get(path)) && !GENERATED.some((one) => one.test(path))).map((path) => `${path}: ${String(left.get(path))} -> ${String(right.get(path))}`);
};
const isOff = (path: string, ...held: readonly unknown[]): boolean => OFF.some((one) => one.test(path)) && held.every((value) => [undefined, false, 'false'].includes(value as undefined));
const keyOf = (value: unknown): string => {
  return JSON.stringify([nameOf(value), value]);
};

it.each(files)('imports the realm of %s, and a plan has nothing to do', async (file) => {
  const realm = await setUp(file);
  const before = await exportOf(realm);
  const out = join(directory, `${realm}.yaml`);
  const imported = await createAuthctl({ env, localStack: false }).import({ from: ['keycloak'], realm, out });
  expect(imported.problems).toEqual([]);

  const clients = (await byHand('GET', `/${realm}/clients`)) as { clientId: string; secret?: string; attributes?: Record<string, string> }[];
  const secretOf = (of: string): string => {
    const [, id, attribute] = /^client ([^,]+)(?:, (\S+) \(public)?/.exec(of) ?? [];
    const held = clients.find(({ clientId }) => clientId === id);
    return (attribute === undefined ? held?.secret : held?.attributes?.[attribute]) ?? 'what-nobody-can-compare';
  };
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
  imports.set(file, { realm, out, variables, before, unsaid: imported.data!.unsaid });
});

it('says clients in fields of the blueprint where these say the same', async () => {
  const typed = await Promise.all([...imports].map(async ([file, { out }]) => [file, Object.keys((parse(await readFile(out, 'utf8')) as { realm: { clients?: object } }).realm.clients ?? {})] as const));
  expect(Object.fromEntries(typed.filter(([, clients]) => clients.length > 0))).toEqual({ 'bank.json': ['teller-ui'], 'bookshop.json': ['batch'], 'depot.yaml': ['stock'], 'saas.json': ['gateway'], 'transport.json': ['gps-import', 'planner', 'tolls', 'weighbridge'] });
});

/** A blueprint that is taken over, with what its head says that the server does not show. */
const takenOver = (text: string, unsaid: Unsaid): { readonly text: string; readonly hidden: readonly string[] } => {
  const document = parseDocument(text.replace(/^manage: none$/m, ''));
  const hidden = unsaid.flatMap(({ address, why }) => {
    const variable = /say \$\{(\w+)\} there/.exec(why)?.[1];
    if (variable === undefined) return [];
    if (!isMap(document.getIn(address.split('.').slice(0, -1)))) throw new Error(`nothing stands at ${address}`);
    document.setIn(address.split('.'), `\${${variable}}`);
    return [variable];
  });
  return { text: String(document), hidden };
};

it.each(files)('builds the realm of %s anew where there is none', async (file) => {
  const { realm, out, variables, before, unsaid } = imports.get(file)!;
  await byHand('DELETE', `/${realm}`);
  const blueprint = join(directory, `${realm}.anew.yaml`);
  const { text, hidden } = takenOver(await readFile(out, 'utf8'), unsaid);
  await writeFile(blueprint, text);
  const authctl = createAuthctl({ env: { ...variables, ...Object.fromEntries(hidden.map((name) => [name, 'said-by-whoever-knows-it'])), KEYCLOAK_URL: url, KEYCLOAK_CLIENT_SECRET: clientSecret }, localStack: false });
  const applied = await authctl.apply(blueprint, { approve: () => Promise.resolve(true) });
  expect(applied.problems).toEqual([]);
  const again = await authctl.plan(blueprint);
  expect([...again.plan!.waves.flat(), ...again.plan!.removals.flat()].filter(({ action }) => action !== 'keep')).toEqual([]);
  expect(differences(before, await exportOf(realm)).filter((path) => !isTold(unsaid, path))).toEqual([]);
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });

/** What a file says, as an export would say it: secrets are shown by none. */
const saidBy = (file: string, text: string): readonly (readonly [path: string, value: unknown])[] => {
  return leavesOf(normal('', parsed(file, text))).filter(([path, value]) => !/^smtpServer\.password$|^users\..*\.credentials\.|^requiredCredentials$/.test(path) && !String(value).includes('planted'));
};
const texts = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? false));
/** Names that every account has beside those that are said. */
const withEverybodys = (value: unknown): readonly string[] => (typeof value === 'string' ? (JSON.parse(value) as string[]) : []);

/** What this server takes in no realm, and what it ships by itself in another form than the version that wrote the file. */
const REFUSED: Readonly<Record<string, readonly string[]>> = { 'hostile.json': ['A redirect URI is not a valid URI'] };
const PASSED_OVER: Readonly<Record<string, RegExp>> = { 'hostile.json': /^clients\.evil/, 'portal-old.json': /^clients\.account\./ };

it.each(['depot.yaml', 'forum.yaml', 'portal-old.json', 'hostile.json'])('brings up what %s says where there is no realm', async (file) => {
  const original = await readFile(join(DATA, file), 'utf8');
  const [, name = ''] = /^\s*"?realm"?: "?([a-z]+)/m.exec(original) ?? [];
  const realm = `${name}-file-${suffix}`;
  const source = join(directory, `${realm}${file.endsWith('.json') ? '.json' : '.source.yaml'}`);
  await writeFile(source, original.replace(new RegExp(`(realm"?: "?)${name}\\b`), `$1${realm}`).replaceAll(`/realms/${name}/`, `/realms/${realm}/`));
  const out = join(directory, `${realm}.yaml`);
  const imported = await createAuthctl({ env, localStack: false }).import({ files: [source], out });
  expect(imported.problems).toEqual([]);
  const { secrets, unsaid } = imported.data!;
  await writeFile(out, takenOver(await readFile(out, 'utf8'), unsaid).text);
  made.push(realm);
  const variables = Object.fromEntries(secrets.map(({ variable }) => [variable, variable.endsWith('PRIVATE_KEY') ? privateKey : `a-secret-${variable.toLowerCase()}`]));
  const authctl = createAuthctl({ env: { ...variables, ...SET, KEYCLOAK_URL: url, KEYCLOAK_CLIENT_SECRET: clientSecret }, localStack: false });
  const applied = await authctl.apply(out, { approve: () => Promise.resolve(true) });
  expect(applied.problems.map(({ message }) => message)).toEqual((REFUSED[file] ?? []).map((words) => expect.stringContaining(words) as string));
  const again = await authctl.plan(out);
  expect([...again.plan!.waves.flat(), ...again.plan!.removals.flat()].filter(({ action }) => action !== 'keep')).toHaveLength(REFUSED[file]?.length ?? 0);

  const live = new Map(leavesOf(await exportOf(realm)));
  const everybodys = withEverybodys(live.get(`roles.realm.default-roles-${realm}.composites.realm`));
  const isSo = (path: string, value: unknown): boolean => {
    if (path === 'defaultRoles') return withEverybodys(value).every((one) => everybodys.includes(one));
    const held = live.get(path);
    if (/^users\..*\.realmRoles$/.test(path)) return texts(withEverybodys(held).filter((one) => !one.startsWith('default-roles-'))) === value;
    return texts(held) === texts(value);
  };
  const missing = saidBy(file, await readFile(source, 'utf8')).filter(([path, value]) => !isSo(path, value) && !isTold(unsaid, path) && !PASSED_OVER[file]?.test(path));
  expect(missing.map(([path, value]) => `${path}: ${texts(value)} -> ${texts(live.get(path))}`)).toEqual([]);
});
