import { createHash } from 'node:crypto';
import { decisionsOf, policyData } from '../../access/index.ts';
import { isUnder, packageOf, rootOf } from '../../blueprint/rego.ts';
import type { Blueprint, BundleSigning } from '../../blueprint/types.ts';
import { isObject, objectOf, textOf } from '../../core/json.ts';
import { Problem } from '../../core/problem.ts';
import { dataOf, stableJson } from './data.ts';

/** What a bundle holds, as OPA takes it, `.manifest` included: path to text. All data is in one `data.json` at the root. */
export interface Bundle {
  /** Sixteen hexadecimal characters of a SHA-256 over policy, data and settings: equal content, equal revision. */
  readonly revision: string;
  readonly files: Texts;
}

export type Texts = Readonly<Record<string, string>>;

interface BundleInput {
  /** The blueprint name. The bundle owns the root of this name (a `-` becomes `_`, as Rego's packages cannot hold it). */
  readonly name: string;
  /** What it owns besides. */
  readonly roots?: readonly string[];
  /** Relative path to text. */
  readonly policyFiles: Texts;
  /** Becomes `data.<root>.blueprint`. */
  readonly data: unknown;
  /** `shop/authz`: what is asked for, the entrypoints of the module for services. */
  readonly decisions?: readonly string[];
}

export const MANIFEST = '.manifest';
export const SIGNATURES = '.signatures.json';
export const DATA = 'data.json';
/** Not part of what a revision stands for: they are made from it. */
const DERIVED = new Set([MANIFEST, SIGNATURES]);

/** `ES256 by "prod"`: how a plan tells a signature. */
export const shownSignature = ({ algorithm, keyId }: BundleSigning): string => `${algorithm} by "${keyId}"`;

/**
 * The content of a blueprint's bundle; pure. Throws `OPA_PACKAGE_OUTSIDE_ROOT` when a policy's package or data is not below a root: OPA
 * would refuse the bundle, and an unrestricted one could shadow another team's policies. `OPA_FILE_RESERVED` and `OPA_DATA` for files
 * that cannot be in it. https://www.openpolicyagent.org/docs/latest/management-bundles/
 */
export const buildBundle = ({ name, roots: more = [], policyFiles, data, decisions = [] }: BundleInput): Bundle => {
  const root = rootOf(name);
  const roots = [root, ...more];
  const generated = `${root}/blueprint/data.json`;
  const rego: Record<string, string> = {};
  const stated: Record<string, string> = {};
  for (const [path, text] of Object.entries(policyFiles)) {
    if (path === generated || DERIVED.has(path))
      throw new Problem('OPA_FILE_RESERVED', `${path} is made from the blueprint`, { hint: 'rename the policy file' });
    if (!path.endsWith('.rego')) {
      stated[path] = text;
      continue;
    }
    rego[path] = text;
    const named = packageOf(text);
    if (named === undefined || !isUnder(roots, named))
      throw new Problem('OPA_PACKAGE_OUTSIDE_ROOT', `${path} declares package ${named?.replaceAll('/', '.') ?? '(none)'}, outside the bundle of this blueprint`, {
        expected: `a package under ${roots.join(' or ')}`,
        hint: 'authorization.roots names what else is its own',
      });
  }
  const document = dataOf({ ...stated, [generated]: stableJson(data) });
  const stray = strayIn(document, roots);
  if (stray !== undefined)
    throw new Problem('OPA_PACKAGE_OUTSIDE_ROOT', `the data of the policy has "${stray}", outside the bundle of this blueprint`, {
      expected: `data below ${roots.map((one) => `"${one}"`).join(' or ')}`,
      hint: 'authorization.roots names what else is its own',
    });
  const files = { ...rego, [DATA]: stableJson(document) };
  return sealed(files, { roots, settings: settingsOf(decisions) });
};

const sealed = (files: Texts, claims: Claims): Bundle => {
  const revision = revisionOf(files, claims);
  const manifest = { revision, roots: claims.roots, rego_version: 1, metadata: { authctl: claims.settings } };
  return { revision, files: sortedByPath({ ...files, [MANIFEST]: stableJson(manifest) }) };
};

/**
 * A bundle for the time of a change: the new one, which knows besides what the published one knows of services and routes that the new one does not have.
 * The live objects of these ask by their names until they are gone, and are answered as they were. `undefined` where there are none.
 */
export const bridgeBetween = (name: string, from: Texts, to: Texts): Bundle | undefined => {
  const claims = manifestOf(to);
  const [before, after] = [documentIn(from), documentIn(to)];
  const root = rootOf(name);
  const [blueprint, own] = [objectOf(objectOf(after[root])['blueprint']), objectOf(after[root])];
  const services = objectOf(blueprint['services']);
  const gone = Object.entries(objectOf(objectOf(objectOf(before[root])['blueprint'])['services'])).flatMap(([id, held]) => {
    const routes = objectOf(objectOf(services[id])['routes']);
    const missing = Object.entries(objectOf(objectOf(held)['routes'])).flatMap(([route, its]) => (route in routes ? [] : [[route, askedForByName(objectOf(its))] as const]));
    return missing.length === 0 ? [] : [[id, { ...objectOf(services[id] ?? held), routes: { ...Object.fromEntries(missing), ...routes } }] as const];
  });
  if (claims === undefined || gone.length === 0) return undefined;
  const data = { ...after, [root]: { ...own, blueprint: { ...blueprint, services: { ...services, ...Object.fromEntries(gone) } } } };
  const { [MANIFEST]: _manifest, ...files } = to;
  return sealed({ ...files, [DATA]: stableJson(data) }, claims);
};

/** No request is one of these by itself any more: it would have to have a header for which no value counts. Whoever names the route is answered. */
const askedForByName = (route: Readonly<Record<string, unknown>>) => ({ ...route, headers: { ...objectOf(route['headers']), 'authctl-gone': [] } });

const documentIn = (files: Texts): Readonly<Record<string, unknown>> => {
  try {
    return objectOf(JSON.parse(files[DATA] ?? '{}'));
  } catch {
    return {};
  }
};

/**
 * The bundle that apply publishes for a blueprint: whoever judges or asks its policy beforehand builds the very same. Throws as `buildBundle`. That of
 * somebody else once it was read.
 */
export const bundleOf = (blueprint: Blueprint): Bundle => {
  const made = bundles.get(blueprint);
  if (made) return made;
  const { policyFiles, roots, read } = blueprint.authorization;
  if (read) return { revision: read.revision, files: read.files };
  const bundle = buildBundle({ name: blueprint.name, roots, policyFiles, data: policyData(blueprint), decisions: decisionsOf(blueprint) });
  bundles.set(blueprint, bundle);
  return bundle;
};

/** A loaded blueprint does not change, and its data may be large. */
const bundles = new WeakMap<Blueprint, Bundle>();

/** What a manifest claims beside the revision. */
export interface Claims {
  readonly roots: readonly string[];
  /** What the bundle was built with, from the manifest's metadata. */
  readonly settings: unknown;
}

/** What the content says the revision is, whatever a manifest claims. */
export const revisionOf = (files: Texts, { roots, settings }: Claims): string => {
  const counted = Object.entries(sortedByPath(files)).filter(([path]) => !DERIVED.has(path));
  return createHash('sha256')
    .update(stableJson({ roots, settings, files: counted }))
    .digest('hex')
    .slice(0, 16);
};

/** The manifest's claims, or `undefined` when there is none that can be read. */
export const manifestOf = (files: Texts): (Claims & { readonly revision: string }) | undefined => {
  try {
    const manifest: unknown = JSON.parse(files[MANIFEST] ?? '');
    if (!isObject(manifest)) return undefined;
    const { revision, roots, metadata } = manifest;
    const settings = objectOf(metadata)['authctl'] ?? {};
    return { revision: String(revision), roots: Array.isArray(roots) ? roots.map(String) : [], settings };
  } catch {
    return undefined;
  }
};

const settingsOf = ([decision, ...more]: readonly string[]): object =>
  decision === undefined ? {} : { decision, ...(more.length > 0 && { decisions: [decision, ...more] }) };

/** The decisions that a bundle was built for, by its manifest. */
export const decisionsIn = (files: Texts): readonly string[] => {
  const { decision, decisions } = objectOf(manifestOf(files)?.settings);
  const stated: readonly unknown[] = Array.isArray(decisions) ? decisions : [decision];
  return stated.flatMap((one) => textOf(one) ?? []);
};

/** Whether a manifest is one of this blueprint's: its own root stands first. */
export const isOf = (name: string, roots: readonly string[] | undefined): boolean => roots?.[0] === rootOf(name);

/** The first place of data that is below no root; what only leads to one is none. */
const strayIn = (data: Readonly<Record<string, unknown>>, roots: readonly string[], above = ''): string | undefined => {
  for (const [key, value] of Object.entries(data)) {
    const path = `${above}${key}`;
    if (isUnder(roots, path)) continue;
    if (!isObject(value) || !roots.some((root) => root.startsWith(`${path}/`))) return path;
    const stray = strayIn(value, roots, `${path}/`);
    if (stray !== undefined) return stray;
  }
  return undefined;
};

const sortedByPath = (files: Texts): Texts => Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
