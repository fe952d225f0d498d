import { gunzipSync } from 'node:zlib';
import { ServiceError, reasonOf } from '../error.ts';
import { isObject, readObject } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { readTar } from './tar.ts';

/** The files of a bundle by path without a leading slash (`policy.wasm`, `.manifest`). */
export type BundleFiles = ReadonlyMap<string, Buffer>;

export const LARGEST_BUNDLE = 64 * 1024 * 1024;
const DATA_DEPTH = 64;
/** Bytes: what file systems take. */
const LONGEST_NAME = 255;

export const malformed = (message: string): ServiceError => new ServiceError('BUNDLE_MALFORMED', message);

/** Unpacks a bundle (`.tar.gz`). Throws `BUNDLE_MALFORMED`; a path that comes twice, or leads out of the archive, is refused. */
export const unpack = (bytes: Buffer): BundleFiles => {
  const files = new Map<string, Buffer>();
  try {
    for (const entry of readTar(gunzipSync(bytes, { maxOutputLength: LARGEST_BUNDLE }))) {
      if (entry.type === 'directory') continue;
      const path = plainPath(entry.path);
      if (entry.type !== 'file') throw malformed(`${path} is a special file`);
      if (files.has(path) || path.split('/').includes('..')) throw malformed(`${path} is there twice, or outside the bundle`);
      if (path.includes('\0') || path.split('/').some((part) => Buffer.byteLength(part) > LONGEST_NAME)) throw malformed('a path in it is none that a file can have');
      files.set(path, entry.content);
    }
    for (const path of files.keys())
      for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) if (files.has(path.slice(0, at))) throw malformed(`${path.slice(0, at)} is a file and a directory`);
  } catch (thrown) {
    throw thrown instanceof ServiceError ? thrown : malformed(`the bundle cannot be unpacked: ${reasonOf(thrown)}`);
  }
  return files;
};

export const plainPath = (path: string): string => path.replace(/^(?:\.?\/)+/, '');

/** What `.manifest` says (https://www.openpolicyagent.org/docs/latest/management-bundles/#bundle-file-format). */
export interface Manifest {
  readonly revision: string;
  /** Entrypoint to the path of its wasm module. */
  readonly modules: ReadonlyMap<string, string>;
}

export const readManifest = (files: BundleFiles): Manifest => {
  const bytes = files.get('.manifest');
  if (!bytes) return { revision: '', modules: new Map() };
  const { revision = '', wasm = [] } = objectOf(bytes, '.manifest');
  if (typeof revision !== 'string' || !Array.isArray(wasm)) throw malformed('.manifest: revision or wasm is of the wrong type');
  const modules = (wasm as readonly unknown[]).map((item): readonly [string, string] => {
    const { entrypoint, module } = isObject(item) ? item : {};
    if (typeof entrypoint !== 'string' || typeof module !== 'string') throw malformed('.manifest: wasm is not a list of modules');
    return [entrypoint, plainPath(module)];
  });
  return { revision, modules: new Map(modules) };
};

/**
 * The base document: every `data.json` below the path it stands in. A bundle that OPA built has one, at the root. `data.yaml` is refused,
 * because two readers of YAML need not agree: `opa build` turns it into JSON.
 */
export const readData = (files: BundleFiles): JsonObject => {
  let data: JsonObject = {};
  for (const [path, bytes] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const parts = path.split('/');
    const name = parts.pop();
    if (name === 'data.yaml' || name === 'data.yml') throw malformed(`${path}: data must be JSON; build the bundle by "opa build"`);
    if (name === 'data.json')
      data = merge(
        data,
        parts.reduceRight<JsonObject>((inner, part) => ({ [part]: inner }), objectOf(bytes, path)),
        path,
      );
  }
  return data;
};

const merge = (into: JsonObject, from: JsonObject, path: string): JsonObject => {
  const merged = new Map(Object.entries(into));
  for (const [name, value] of Object.entries(from)) {
    const present = merged.get(name);
    if (present !== undefined && !(isObject(present) && isObject(value))) throw malformed(`${path} says ${name} a second time`);
    merged.set(name, isObject(present) && isObject(value) ? merge(present, value, path) : value);
  }
  return Object.fromEntries(merged);
};

export const objectOf = (bytes: Buffer, path: string): JsonObject => {
  const read = readObject(bytes, DATA_DEPTH);
  if (typeof read === 'string') throw malformed(`${path}: ${read}`);
  return read.object;
};
