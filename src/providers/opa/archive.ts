import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { unpack } from '../../service/decision/archive.ts';
import { ServiceError } from '../../service/error.ts';
import { DATA, MANIFEST } from './bundle.ts';
import type { Texts } from './bundle.ts';
import { stableJson } from './data.ts';

/** The files of an archive, by path without a leading slash. */
export type Files = Readonly<Record<string, string | Buffer>>;

/**
 * A `.tar.gz` whose bytes depend on nothing but the files: sorted, no times, no owner. What `opa build` made is packed again by this,
 * because a signature must go in beside it and the private key must not go to another process.
 */
export const packBundle = async (files: Files): Promise<Buffer> => {
  const sorted = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const archive = await packTar(
    sorted.map(([name, content]) => {
      const body = Buffer.from(content);
      return { header: { name, size: body.length, mtime: new Date(0), mode: 0o644 }, body };
    }),
  );
  const zipped = gzipSync(archive, { level: 9 });
  zipped[9] = 255; // RFC 1952 section 2.3.1: the operating system, "unknown"
  return zipped;
};

/** The files of a `.tar.gz`, or `undefined` when it is not one, or holds anything that no bundle needs (links, a path twice, `..`). */
export const unpackBundle = async (bytes: Buffer): Promise<Readonly<Record<string, Buffer>> | undefined> => {
  try {
    return Object.fromEntries(unpack(bytes));
  } catch (thrown) {
    if (thrown instanceof ServiceError) return undefined;
    throw thrown;
  }
};

/** Files as text, JSON of the bundle's own in one form: what OPA writes differently (order, escapes) is no difference. */
export const textsOf = (files: Files): Texts =>
  Object.fromEntries(
    Object.entries(files).map(([path, content]) => {
      const text = content.toString('utf8');
      return [path, path === MANIFEST || path === DATA ? oneForm(text) : text];
    }),
  );

const oneForm = (text: string): string => {
  try {
    return stableJson(JSON.parse(text));
  } catch {
    return text;
  }
};
