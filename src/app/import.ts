import { writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { fieldAt } from '../blueprint/declaration/index.ts';
import { fileWords } from '../core/file-words.ts';
import { oneLine } from '../core/one-line.ts';
import { Problem } from '../core/problem.ts';
import type { Report } from '../core/report.ts';
import { mostOf } from '../report/most.ts';
import { Secret } from '../core/secret.ts';
import { blueprintText, draftOf, readApi, readForeign, readGateway, readRealm } from '../import/index.ts';
import type { Draft, Places, Source } from '../import/index.ts';
import type { Run } from './run.ts';

export type ImportFrom = 'keycloak' | 'kong' | 'aws';

export interface ImportRequest {
  /** Files of other tools: realm exports, files of keycloak-config-cli. */
  readonly files?: readonly string[];
  /** Servers that are read. Where they are and how to log in is said by `env`, as a blueprint says it, unless it is stated here. */
  readonly from?: readonly ImportFrom[];
  /** The realm that is read from Keycloak. */
  readonly realm?: string;
  readonly keycloak?: { readonly url?: string; readonly loginRealm?: string; readonly clientId?: string };
  readonly kong?: { readonly url?: string };
  /** The HTTP API that is read, by its name, where a region has several. Who asks is said by the SDK's usual environment. */
  readonly aws?: { readonly api?: string; readonly region?: string };
  /** The blueprint that is written; without it, it is the report's text alone. */
  readonly out?: string;
  /** Write over a file that is there. */
  readonly force?: boolean;
  /** The blueprint's name; made of the realm's unless it is stated. */
  readonly name?: string;
}

export interface Imported {
  /** The file that was written. */
  readonly file?: string;
  /** The blueprint itself: no secret is in it. */
  readonly blueprint: string;
  /** Variables that must be set before it is planned. */
  readonly secrets: Draft['secrets'];
  /** What is there and is not in it. */
  readonly unsaid: Draft['unsaid'];
  /** What is there and should not be so, each with its path in the blueprint. */
  readonly unsafe: readonly { readonly at: string; readonly what: string; readonly instead: string }[];
}

/** Writes a blueprint of what is there. Nothing is written to where it comes from, and no file is written over unless that is asked for. */
export const importBlueprint = async (run: Run, request: ImportRequest): Promise<Report<Imported>> => {
  const { files = [], from = [], out, force = false, name } = request;
  if (files.length === 0 && from.length === 0) throw new Problem('IMPORT_NOTHING', 'nothing to import from', { hint: 'authctl import --from-file realm-export.json --out blueprint.yaml' });
  const { pattern = '' } = fieldAt(['name']) ?? {};
  if (name !== undefined && !new RegExp(pattern).test(name))
    throw new Problem('IMPORT_BAD_NAME', `"${name}" cannot be the name of a blueprint`, { expected: 'lower-case letters, digits and hyphens, a letter first, 31 at the most' });
  if (out !== undefined) await refuseOwnSource(run.pathOf(out), files.map((file) => run.pathOf(file)));
  const read = await Promise.all(files.map((file) => readForeign(run.pathOf(file))));
  const live = await Promise.all([...new Set(from)].map((server) => FROM[server](run, request)));
  const draft = draftOf({ name, sources: [...read, ...live.map(({ source }) => source)], places: Object.assign({}, ...live.map(({ places }) => places)) as Places });
  const blueprint = blueprintText(draft, headOf(draft));
  if (out !== undefined) await written(run.pathOf(out), blueprint, force);
  const unsafe = draft.unsafe.map(({ path, what, instead }) => ({ at: path.join('.'), what, instead }));
  const { secrets, unsaid } = draft;
  const data = { ...(out !== undefined && { file: run.pathOf(out) }), blueprint, secrets, unsaid, unsafe };
  return { command: 'import', problems: [], data, text: out === undefined ? blueprint : told(out, data) };
};

/** What is imported may be the only copy of its secrets. By whatever name: a link leads to the file that it names. */
const refuseOwnSource = async (out: string, files: readonly string[]): Promise<void> => {
  const [place, ...sources] = await Promise.all([out, ...files].map((file) => realpath(file).catch(() => file)));
  if (place === undefined || !sources.includes(place)) return;
  throw new Problem('IMPORT_EXISTS', `"${out}" is what is imported; nothing was written`, { hint: 'give another file name' });
};

/** Of a server, without a login in it: that would stand in the blueprint. */
const isAddress = (url: string): boolean => /^https?:\/\/[^\s@?#]+$/.test(url) && URL.canParse(url);

interface Live {
  readonly source: Source;
  readonly places: Places;
}

const fromKong = async ({ env }: Run, { kong = {} }: ImportRequest): Promise<Live> => {
  const url = (kong.url ?? env['KONG_ADMIN_URL'] ?? '').replace(/\/+$/, '');
  const token = env['KONG_ADMIN_TOKEN'];
  if (!isAddress(url)) throw new Problem('IMPORT_LOGIN', url === '' ? "nothing says where Kong's Admin API is" : "that is no address of Kong's Admin API", { hint: '--kong-url http://kong.example:8001, or KONG_ADMIN_URL' });
  const { content, store, defaults } = await readGateway({ url, ...(token && { token: new Secret(token) }) });
  return { source: { file: `Kong at ${url}`, content, at: () => undefined, defaults: (entity) => defaults.get(entity) }, places: { kong: { url, store, token: (token ?? '') !== '' } } };
};

const fromKeycloak = async ({ env }: Run, { realm, keycloak = {} }: ImportRequest): Promise<Live> => {
  const url = (keycloak.url ?? env['KEYCLOAK_URL'] ?? '').replace(/\/+$/, '');
  const secret = env['KEYCLOAK_CLIENT_SECRET'] ?? '';
  const { loginRealm = 'master', clientId = 'authctl' } = keycloak;
  if (realm === undefined) throw new Problem('IMPORT_NOTHING', 'no realm is named', { hint: '--realm <name>, as its address says it: /realms/<name>' });
  if (!isAddress(url)) throw new Problem('IMPORT_LOGIN', url === '' ? 'nothing says where Keycloak is' : 'that is no address of Keycloak', { hint: '--url https://id.example, or KEYCLOAK_URL' });
  if (secret === '') throw new Problem('IMPORT_LOGIN', 'nothing says how to log in to Keycloak', { hint: `export KEYCLOAK_CLIENT_SECRET: the secret of client "${clientId}" of realm "${loginRealm}"` });
  const { rep, more } = await readRealm({ url, credentials: { realm: loginRealm, clientId, clientSecret: new Secret(secret) } }, realm);
  return { source: { file: `realm ${realm} at ${url}`, content: rep, at: () => undefined, more }, places: { keycloak: { url, realm: loginRealm, clientId } } };
};

const fromAws = async ({ env }: Run, { aws = {} }: ImportRequest): Promise<Live> => {
  const region = aws.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? '';
  const endpoint = env['AWS_ENDPOINT'] ?? '';
  if (region === '') throw new Problem('IMPORT_LOGIN', 'nothing says which region of AWS', { hint: '--region eu-central-1, or AWS_REGION' });
  const api = await readApi({ region, ...(endpoint !== '' && { endpoint }), ...(aws.api !== undefined && { api: aws.api }) }, env);
  return { source: { file: `API Gateway in ${region}`, content: {}, at: () => undefined, api }, places: {} };
};

const FROM: Readonly<Record<ImportFrom, (run: Run, request: ImportRequest) => Promise<Live>>> = { keycloak: fromKeycloak, kong: fromKong, aws: fromAws };

const headOf = ({ secrets, unsaid }: Draft): readonly string[] => [
  'Written by "authctl import" of what was there. What a new server has by itself is left out.',
  ...(secrets.length > 0 ? ['', 'Secrets come from the environment:', ...secrets.map(({ variable, of }) => `  ${variable}: ${of}`)] : []),
  ...(unsaid.length > 0 ? ['', 'What is there and is not said here, and is left as it is:', ...unsaid.map(({ address, why }) => `  ${address}: ${why}`)] : []),
];

const told = (out: string, { secrets, unsaid, unsafe }: Imported): string =>
  [
    `wrote ${out}`,
    ...listed('unsafe there:', unsafe, { line: ({ at, what, instead }) => `${at}: ${what}. ${instead}`, kindOf: ({ instead }) => instead, nameOf: ({ at }) => at, more: 'each above its line in the file' }),
    ...listed('not said, and left as it is:', unsaid, { line: ({ address, why }) => `${address}: ${why}`, kindOf: ({ address }) => firstWord(address), nameOf: ({ address }) => address, more: 'in the head of the file' }),
    ...listed('set before you plan:', secrets, { line: ({ variable, of }) => `${variable}: ${of}`, kindOf: ({ of }) => firstWord(of), nameOf: ({ variable }) => variable, more: 'in the head of the file' }),
    '',
    `${unsafe.length} unsafe, ${unsaid.length} not said, ${secrets.length} secrets`,
    'next:',
    `  authctl validate ${out}`,
    `  authctl plan ${out}`,
  ]
    .map((line) => oneLine(line))
    .join('\n');

interface Lines<One> {
  readonly line: (one: One) => string;
  readonly kindOf: (one: One) => string;
  /** What one is called when it stands for the others. */
  readonly nameOf: (one: One) => string;
  /** Where the rest stands. */
  readonly more: string;
}

/** Many of one kind are counted, as everywhere. */
const listed = <One>(title: string, all: readonly One[], { line, kindOf, nameOf, more }: Lines<One>): readonly string[] => {
  if (all.length === 0) return [];
  const { shown, left } = mostOf(all, kindOf);
  const first = (kind: string): string => all.filter((one) => kindOf(one) === kind).slice(0, 1).map(nameOf).join('');
  return ['', title, ...shown.map((one) => `  ${line(one)}`), ...[...left].map(([kind, number]) => `  … and ${number} more like ${first(kind)}, ${more}`)];
};

/** `client web, secret` is about a client. */
const firstWord = (words: string): string => /^[\w-]*/.exec(words)?.[0] ?? '';

const written = async (file: string, text: string, force: boolean): Promise<void> => {
  try {
    // In one go: no signal comes in between.
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? new Problem('IMPORT_EXISTS', `"${file}" is there already; nothing was written`, { cause, hint: 'give another file name, or --force' })
      : new Problem('IMPORT_UNWRITTEN', `"${file}" ${fileWords(cause, 'written')}`, { cause, hint: 'name a file in a directory that is there and that you may write to' });
  }
};
