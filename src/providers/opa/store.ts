import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem, reason } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import { refused } from '../http.ts';

/** Where OPA fetches the bundle from, as authctl writes it. */
export interface BundleStore {
  /** Shown in messages. */
  readonly where: string;
  /** The published archive, or `undefined` when there is none. Throws when it cannot be read. */
  readonly read: () => Promise<Buffer | undefined>;
  /** Readers see the old archive or the new one, never a part. */
  readonly write: (archive: Buffer) => Promise<void>;
  readonly remove: () => Promise<void>;
  readonly requests: () => { readonly reads: number; readonly writes: number };
}

/** `file:<directory>` (relative to the working directory): `<directory>/<name>.tar.gz`, replaced by rename. */
export const createFileStore = (publish: string, name: string): BundleStore => {
  const directory = publish.startsWith('file://') ? fileURLToPath(publish) : resolve(publish.slice('file:'.length));
  const path = join(directory, `${name}.tar.gz`);
  const counts = { reads: 0, writes: 0 };
  const failed = (doing: string, cause: unknown): Problem =>
    new Problem('OPA_STORE', `cannot ${doing} ${path}: ${reason(cause)}`, { hint: 'check targets.opa.bundle.publish', cause });

  return {
    where: path,
    read: async () => {
      counts.reads += 1;
      try {
        return await readFile(path);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw failed('read', thrown);
      }
    },
    write: async (archive) => {
      counts.writes += 1;
      const temporary = `${path}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, archive, { mode: 0o644, flag: 'wx' });
        await rename(temporary, path);
      } catch (thrown) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw failed('write', thrown);
      }
    },
    remove: async () => {
      counts.writes += 1;
      await rm(path, { force: true }).catch((thrown: unknown) => {
        throw failed('delete', thrown);
      });
    },
    requests: () => ({ ...counts }),
  };
};

/** A server that takes `PUT <base>/<name>.tar.gz` (or the URL itself when it names an archive) with a bearer token. */
export const createHttpStore = (http: Http, url: string, name: string): BundleStore => {
  const path = new URL(url).pathname.endsWith('.tar.gz') ? '' : `/${name}.tar.gz`;
  const problem = (doing: string, answer: { status: number; body: unknown }): Problem =>
    refused({ target: 'opa', url, mask: (text) => text }, doing, { status: answer.status, body: undefined });

  return {
    where: `${url.replace(/\/$/, '')}${path}`,
    read: async () => {
      const answer = await http.send('GET', path, { as: 'bytes' });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw problem('read the published bundle', answer);
      return answer.body as Buffer;
    },
    write: async (archive) => {
      const answer = await http.send('PUT', path, { bytes: archive, headers: { 'Content-Type': 'application/gzip' } });
      if (answer.status < 200 || answer.status > 299) throw problem('publish the bundle', answer);
    },
    remove: async () => {
      const answer = await http.send('DELETE', path);
      if (answer.status !== 404 && (answer.status < 200 || answer.status > 299)) throw problem('delete the published bundle', answer);
    },
    requests: http.requests,
  };
};
