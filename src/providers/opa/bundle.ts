import { createHash } from 'node:crypto';
import { policyData } from '../../access/index.ts';
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
  /** The blueprint name. The bundle owns the root of this name (a `-` becomes `_`, as Rego's packages cannot hold it), and nothing else. */
  readonly name: string;
  /** Relative path to text. */
  readonly policyFiles: Texts;
  /** Becomes `data.<root>.blueprint`. */
  readonly data: unknown;
  /** `shop/authz`: the decision that is asked for, the entrypoint of the module for services. */
  readonly decision?: string | undefined;
}

export const MANIFEST = '.manifest';
export const SIGNATURES = '.signatures.json';
export const DATA = 'data.json';
/** Not part of what a revision stands for: they are made from it. */
const DERIVED = new Set([MANIFEST, SIGNATURES]);

/** `ES256 by "prod"`: how a plan tells a signature. */
export const shownSignature = ({ algorithm, keyId }: BundleSigning): string => `${algorithm} by "${keyId}"`;

export const rootOf = (name: string): string => name.replaceAll('-', '_');

/**
 * The content of a blueprint's bundle; pure. Throws `OPA_PACKAGE_OUTSIDE_ROOT` when a policy's package or data is not below the root: OPA
 * would refuse the bundle, and an unrestricted one could shadow another team's policies. `OPA_FILE_RESERVED` and `OPA_DATA` for files
 * that cannot be in it. https://www.openpolicyagent.org/docs/latest/management-bundles/
 */
export const buildBundle = ({ name, policyFiles, data, decision }: BundleInput): Bundle => {
  const root = rootOf(name);
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
    if (named !== root)
      throw new Problem('OPA_PACKAGE_OUTSIDE_ROOT', `${path} declares package ${named ?? '(none)'}, outside the bundle of this blueprint`, {
        expected: `package ${root} or package ${root}.<name>`,
      });
  }
  const document = dataOf({ ...stated, [generated]: stableJson(data) });
  const stray = Object.keys(document).find((key) => key !== root);
  if (stray !== undefined)
    throw new Problem('OPA_PACKAGE_OUTSIDE_ROOT', `the data of the policy has "${stray}", outside the bundle of this blueprint`, {
      expected: `data below "${root}"`,
    });
  const files = { ...rego, [DATA]: stableJson(document) };
  const claims = { roots: [root], settings: decision === undefined ? {} : { decision } };
  const revision = revisionOf(files, claims);
  const manifest = { revision, roots: claims.roots, rego_version: 1, metadata: { authctl: claims.settings } };
  return { revision, files: sortedByPath({ ...files, [MANIFEST]: stableJson(manifest) }) };
};

/** The bundle that apply publishes for a blueprint: whoever judges or asks its policy beforehand builds the very same. Throws as `buildBundle`. */
export const bundleOf = (blueprint: Blueprint): Bundle => {
  const { policyFiles, decision } = blueprint.authorization;
  return buildBundle({ name: blueprint.name, policyFiles, data: policyData(blueprint), decision });
};

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

/** The decision that a bundle was built for, by its manifest. */
export const decisionIn = (files: Texts): string | undefined => textOf(objectOf(manifestOf(files)?.settings)['decision']);

/** The first part of a module's package; comments before it are skipped. */
const packageOf = (rego: string): string | undefined => {
  const code = rego.replace(/^\s*#.*$/gm, '');
  return /^\s*package\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(code)?.[1];
};

const sortedByPath = (files: Texts): Texts => Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
