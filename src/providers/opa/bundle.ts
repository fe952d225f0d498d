import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { Problem } from '../../core/problem.ts';

/** A bundle as OPA takes it, `.manifest` included: path to text. */
export interface Bundle {
  /** Sixteen hexadecimal characters of a SHA-256 over the files and roots: equal content, equal revision. */
  readonly revision: string;
  readonly files: Readonly<Record<string, string>>;
}

interface BundleInput {
  /** The blueprint name. The bundle owns the root of this name (a `-` becomes `_`, as Rego's packages cannot hold it), and nothing else. */
  readonly name: string;
  /** Relative path to text. */
  readonly policyFiles: Readonly<Record<string, string>>;
  /** Becomes `data.<root>.blueprint`. */
  readonly data: unknown;
}

const MANIFEST = '.manifest';
/** Not part of what a revision stands for: they are made from it. */
const DERIVED = new Set([MANIFEST, '.signatures.json']);
const LARGEST_BUNDLE = 64 * 1024 * 1024;

export const rootOf = (name: string): string => name.replaceAll('-', '_');

/**
 * The bundle of a blueprint; pure. Throws `OPA_PACKAGE_OUTSIDE_ROOT` when a policy's package is not below the root: OPA would refuse the
 * bundle, and an unrestricted one could shadow another team's policies. https://www.openpolicyagent.org/docs/latest/management-bundles/
 */
export const buildBundle = ({ name, policyFiles, data }: BundleInput): Bundle => {
  const root = rootOf(name);
  const generated = `${root}/blueprint/data.json`;
  for (const [path, text] of Object.entries(policyFiles)) {
    if (path === generated || DERIVED.has(path))
      throw new Problem('OPA_FILE_RESERVED', `${path} is made from the blueprint`, { hint: 'rename the policy file' });
    const named = path.endsWith('.rego') ? packageOf(text) : root;
    if (named !== root)
      throw new Problem('OPA_PACKAGE_OUTSIDE_ROOT', `${path} declares package ${named ?? '(none)'}, outside the bundle of this blueprint`, {
        expected: `package ${root} or package ${root}.<name>`,
      });
  }
  const files = { ...policyFiles, [generated]: stableJson(data) };
  const roots = [root];
  const revision = revisionOf(files, roots);
  const manifest = stableJson({ revision, roots, rego_version: 1 });
  return { revision, files: sortedByPath({ ...files, [MANIFEST]: manifest }) };
};

/** What the content says the revision is, whatever a manifest claims. */
export const revisionOf = (files: Readonly<Record<string, string>>, roots: readonly string[]): string => {
  const counted = Object.entries(sortedByPath(files)).filter(([path]) => !DERIVED.has(path));
  return createHash('sha256')
    .update(JSON.stringify({ roots, files: counted }))
    .digest('hex')
    .slice(0, 16);
};

/** The manifest's claims, or `undefined` when there is none that can be read. */
export const manifestOf = (
  files: Readonly<Record<string, string>>,
): { readonly revision: string; readonly roots: readonly string[] } | undefined => {
  try {
    const { revision, roots } = JSON.parse(files[MANIFEST] ?? '') as { revision?: unknown; roots?: unknown };
    return { revision: String(revision), roots: Array.isArray(roots) ? roots.map(String) : [] };
  } catch {
    return undefined;
  }
};

/** A `.tar.gz` whose bytes depend on nothing but the files: sorted, no times, no owner. */
export const packBundle = async (files: Readonly<Record<string, string>>): Promise<Buffer> => {
  const archive = pack();
  for (const [path, text] of Object.entries(sortedByPath(files))) archive.entry({ name: path, mtime: new Date(0), mode: 0o644 }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const zipped = gzipSync(Buffer.concat(chunks), { level: 9 });
  zipped[9] = 255; // RFC 1952 section 2.3.1: the operating system, "unknown"
  return zipped;
};

/** The files of a `.tar.gz`, or `undefined` when it is not one. Anything but a regular file is left out. */
export const unpackBundle = async (bytes: Buffer): Promise<Readonly<Record<string, string>> | undefined> => {
  const files: Record<string, string> = {};
  try {
    const archive = extract();
    archive.end(gunzipSync(bytes, { maxOutputLength: LARGEST_BUNDLE }));
    for await (const entry of archive) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      if (entry.header.type === 'file') files[entry.header.name.replace(/^(\.?\/)+/, '')] = Buffer.concat(chunks).toString('utf8');
    }
  } catch {
    return undefined;
  }
  return files;
};

/** The first part of a module's package; comments before it are skipped. */
const packageOf = (rego: string): string | undefined => {
  const code = rego.replace(/^\s*#.*$/gm, '');
  return /^\s*package\s+([A-Za-z_][A-Za-z0-9_]*)/.exec(code)?.[1];
};

const sortedByPath = (files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const stableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
