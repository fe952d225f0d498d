import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decisionsOf, hasPolicy } from '../../access/index.ts';
import { isUnder, packageOf } from '../../blueprint/rego.ts';
import type { Blueprint, ReadBundle } from '../../blueprint/types.ts';
import { textsOf as textsIn } from '../../core/json.ts';
import { Problem, reason, unreachable } from '../../core/problem.ts';
import { LARGEST_BUNDLE, objectOf, readData, readManifest, unpack } from '../../service/decision/archive.ts';
import type { BundleFiles } from '../../service/decision/archive.ts';
import { verifySignature } from '../../service/decision/signature.ts';
import type { BundleVerification } from '../../service/decision/signature.ts';
import { ServiceError } from '../../service/error.ts';
import { readFileUpTo } from '../../blueprint/read-file.ts';
import { createHttp, shownUrl } from '../http.ts';
import { textsOf } from './archive.ts';
import { DATA, MANIFEST, SIGNATURES } from './bundle.ts';
import { stableJson } from './data.ts';

type Existing = NonNullable<Blueprint['authorization']['bundle']>;

/** Characters of a revision that a blueprint can state. */
const LONGEST = 256;
/** One request and its answer, whole. */
const TIMEOUT_MS = 20_000;

/**
 * The blueprint with what the bundle holds that somebody else publishes; the same blueprint where its policy is its own. Throws where it cannot be had
 * (`TARGET_UNREACHABLE`, `OPA_FORBIDDEN`) or is none that can be judged (`OPA_BUNDLE_FOREIGN`): without it nobody knows who may pass.
 */
export const withExisting = async (blueprint: Blueprint, limitMs?: number): Promise<Blueprint> => {
  const { bundle } = blueprint.authorization;
  if (!bundle || !hasPolicy(blueprint)) return blueprint;
  return { ...blueprint, authorization: { ...blueprint.authorization, read: await readExisting(blueprint, bundle, limitMs) } };
};

/** Throws `OPA_BUNDLE_MOVED` where another revision, or something else under it, is there than the blueprint pins: nothing is written by a policy that nobody has looked at. */
export const refuseMoved = ({ authorization: { bundle, read }, at }: Blueprint): void => {
  if (bundle === undefined || read === undefined) return;
  if (bundle.digest !== undefined && bundle.digest !== read.digest)
    throw new Problem('OPA_BUNDLE_MOVED', `the bundle ${bundle.name} holds ${read.digest}, the blueprint pins ${bundle.digest}`, { at: at('authorization.bundle.digest'), hint: 'look at it with "authctl matrix" and "authctl drift", then state the new digest' });
  if (bundle.revision === undefined) return;
  const moved = [read.revision, ...(read.module === undefined ? [] : [read.module])].find((revision) => revision !== bundle.revision);
  if (moved !== undefined)
    throw new Problem('OPA_BUNDLE_MOVED', `the bundle ${bundle.name} has the revision ${shown(moved)}, the blueprint pins ${shown(bundle.revision)}`, {
      at: at('authorization.bundle.revision'),
      hint: 'look at it with "authctl matrix" and "authctl drift", then state the new revision',
    });
};

const readExisting = async (blueprint: Blueprint, bundle: Existing, limitMs: number | undefined): Promise<ReadBundle> => {
  const verification = await verificationOf(blueprint, bundle);
  /** Nothing of an archive is believed before its signature holds. */
  const take = async <Read>(field: Place, bytes: Promise<Buffer>, read: (files: BundleFiles, wrong: Wrong) => Read): Promise<Read> => {
    const wrong = wrongWith(blueprint, bundle, field);
    try {
      const files = unpack(await bytes);
      if (verification) await verifySignature(files, verification);
      return read(files, wrong);
    } catch (thrown) {
      if (thrown instanceof ServiceError) throw wrong(thrown.message);
      throw thrown;
    }
  };
  const { url = '', file, module } = bundle;
  const policy = (files: BundleFiles, wrong: Wrong) => [policyIn(blueprint, files, wrong), contentOf(files)] as const;
  const [[read, content], service] = await Promise.all([
    file === undefined ? take('url', fetched(blueprint, url, limitMs, 'url'), policy) : take('file', fromFile(blueprint, file), policy),
    module === undefined ? undefined : take('module', fetched(blueprint, module, limitMs, 'module'), (files, wrong) => [moduleIn(blueprint, files, wrong), contentOf(files)] as const),
  ]);
  const [revision, ofModule] = service ?? [];
  return { ...read, digest: `sha256:${sha256(JSON.stringify([content, ofModule ?? []]))}`, ...(revision !== undefined && { module: revision }) };
};

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
/** Every file of an archive by its path, whoever packed or signed it. */
const contentOf = (files: BundleFiles): readonly (readonly [path: string, hash: string])[] =>
  [...files].filter(([path]) => path !== SIGNATURES).map(([path, bytes]) => [path, sha256(bytes)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));

type Place = 'url' | 'file' | 'module';
type Wrong = (what: string, hint?: string) => Problem;

const wrongWith =
  ({ at }: Blueprint, bundle: Existing, field: Place): Wrong =>
  (what, hint = 'whoever publishes it mends it, or the blueprint names another one') =>
    new Problem('OPA_BUNDLE_FOREIGN', `the bundle ${bundle.name} at ${field === 'file' ? String(bundle.file) : shownUrl(bundle[field] ?? '')} cannot be used: ${what}`, { at: at(`authorization.bundle.${field}`), hint });

const verificationOf = async ({ at }: Blueprint, { keys, scope }: Existing): Promise<BundleVerification | undefined> => {
  const stated = Object.entries(keys);
  if (stated.length === 0) return undefined;
  const read = await Promise.all(
    stated.map(async ([id, { algorithm, file }]) => {
      try {
        return [id, { algorithm, key: await readFile(file, 'utf8') }] as const;
      } catch (cause) {
        throw new Problem('OPA_BUNDLE_FOREIGN', `the key "${id}" of the bundle cannot be read: ${reason(cause)}`, { at: at(`authorization.bundle.keys.${id}`), expected: 'a file with a public key, as PEM', cause });
      }
    }),
  );
  return { keys: Object.fromEntries(read), ...(scope !== undefined && { scope }) };
};

const fromFile = async ({ at }: Blueprint, path: string): Promise<Buffer> => {
  const bytes = await readFileUpTo(path, LARGEST_BUNDLE);
  if (Buffer.isBuffer(bytes)) return bytes;
  throw new Problem('OPA_BUNDLE_FOREIGN', `the bundle ${path} ${bytes.why}`, { at: at('authorization.bundle.file'), expected: 'the archive of a bundle, as "opa build" makes it' });
};

/** The whole answer, or a problem: what breaks off in the middle is no answer. */
const fetched = async ({ at, authorization }: Blueprint, address: string, limitMs: number | undefined, field: 'url' | 'module'): Promise<Buffer> => {
  const url = new URL(address);
  const token = authorization.bundle?.token;
  const http = createHttp({ target: 'bundle', url: url.origin, timeoutMs: TIMEOUT_MS, limitMs, tries: 3, ...(token && { headers: { Authorization: `Bearer ${token.reveal()}` } }) });
  const problem = (code: 'OPA_BUNDLE_FOREIGN' | 'OPA_FORBIDDEN', message: string, hint: string): Problem => new Problem(code, message, { at: at(`authorization.bundle.${field}`), hint });
  try {
    const { status, body, location } = await http.send('GET', url.pathname, { as: 'bytes', headers: { Accept: 'application/gzip, application/octet-stream', Prefer: 'modes=snapshot' } });
    const shownAt = shownUrl(address);
    if (status === 200 && Buffer.isBuffer(body)) return body;
    if (status === 401 || status === 403) throw problem('OPA_FORBIDDEN', `${shownAt} does not let this login read the bundle (${status})`, 'check authorization.bundle.token');
    if (status >= 300 && status < 400)
      throw problem('OPA_BUNDLE_FOREIGN', `${shownAt} leads elsewhere (${status}${location === undefined || !URL.canParse(location, address) ? '' : `, to ${shownUrl(new URL(location, address).href)}`}), and a redirect is not followed: it would take the login and the trust in the address along`, 'state the address where the bundle is');
    if (status >= 500) throw unreachable('bundle', shownAt, new Error(`HTTP ${status}`));
    throw problem('OPA_BUNDLE_FOREIGN', `${shownAt} gives no bundle: HTTP ${status}`, 'is it published there?');
  } finally {
    http.close();
  }
};

const policyIn = (blueprint: Blueprint, files: BundleFiles, wrong: Wrong): Omit<ReadBundle, 'module' | 'digest'> => {
  if (files.has('patch.json')) throw wrong('it is a delta: it says what changes of a bundle that is not there', 'name the address of the whole bundle');
  const { revision } = readManifest(files);
  if (revision.length > LONGEST) throw wrong(`its revision has ${revision.length} characters`, `a revision has ${LONGEST} at the most`);
  const data = Object.keys(readData(files));
  const texts = textsOf(Object.fromEntries([...files].filter(([path]) => path.endsWith('.rego') || path === DATA || path.endsWith(`/${DATA}`))));
  const packages = [...new Set(Object.entries(texts).flatMap(([path, text]) => (path.endsWith('.rego') ? [packageOf(text) ?? ''] : [])))].toSorted();
  if (packages.length === 0) throw wrong('it holds no Rego, so nobody can say what it decides', 'name the archive that OPA servers fetch; "module" is for that of services');
  const { manifest, roots: stated } = manifestIn(files, wrong);
  const roots = stated ?? [...new Set([...packages.map((name) => name.split('/')[0] ?? ''), ...data])].filter((name) => name !== '').toSorted();
  for (const decision of decisionsOf(blueprint)) {
    if (!isUnder(roots, decision)) throw wrong(`the decision ${decision} is outside its roots (${roots.join(', ')})`, 'check authorization.decision');
    if (!packages.some((name) => isUnder([name], decision) || isUnder([decision], name)))
      throw wrong(`it makes no decision ${decision}: its packages are ${packages.map((name) => name.replaceAll('/', '.')).join(', ')}`, 'check authorization.decision');
  }
  return { revision, roots, files: { ...texts, ...(manifest && { [MANIFEST]: stableJson(manifest) }) } };
};

/** The manifest without what is of a module, which is not evaluated here; the roots unless it owns all. */
const manifestIn = (files: BundleFiles, wrong: Wrong): { readonly manifest?: object; readonly roots?: readonly string[] } => {
  const bytes = files.get(MANIFEST);
  if (bytes === undefined) return {};
  const { wasm: _module, ...manifest } = objectOf(bytes, MANIFEST);
  const { roots = [''] } = manifest;
  if (!Array.isArray(roots)) throw wrong('its .manifest has roots that are none');
  const stated = textsIn(roots).map((root) => root.replace(/^\/+|\/+$/g, ''));
  return { manifest, ...(!stated.includes('') && { roots: stated }) };
};

/** Its revision, once it is seen to have every decision that services ask for. */
const moduleIn = (blueprint: Blueprint, files: BundleFiles, wrong: Wrong): string => {
  const { revision, modules } = readManifest(files);
  for (const decision of decisionsOf(blueprint)) {
    const module = modules.get(decision);
    if (module === undefined || !files.has(module)) throw wrong(`its module has no entrypoint ${decision}; it has ${[...modules.keys()].join(', ') || 'none'}`, `"opa build --target wasm --entrypoint ${decision}" makes one`);
  }
  return revision;
};

const shown = (revision: string): string => (revision === '' ? '(none)' : `"${revision}"`);
