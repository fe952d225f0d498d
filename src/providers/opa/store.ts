import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem, reason } from '../../core/problem.ts';
import type { Http } from '../http.ts';
import { refused } from '../http.ts';
import { errnoOf } from '../thrown.ts';

/**
 * What lies in a store for one blueprint: `<name>.tar.gz` for OPA servers, `<name>-service.tar.gz` for services, and a copy of each as it
 * was when everybody had it last.
 */
export type Stored = 'server' | 'service' | 'server, last good' | 'service, last good';

const SUFFIX: Readonly<Record<Stored, string>> = {
  server: '',
  service: '-service',
  'server, last good': '.last-good',
  'service, last good': '-service.last-good',
};

export const fileOf = (name: string, stored: Stored): string => `${name}${SUFFIX[stored]}.tar.gz`;

/** Where OPA and services fetch their bundles from, as authctl writes it. */
export interface BundleStore {
  /** Shown in messages. */
  readonly where: (stored: Stored) => string;
  /** The published archive, or `undefined` when there is none. Throws when it cannot be read. */
  readonly read: (stored: Stored) => Promise<Buffer | undefined>;
  /** Readers see the old archive or the new one, never a part. */
  readonly write: (stored: Stored, archive: Buffer) => Promise<void>;
  /** Removing what is not there is success. */
  readonly remove: (stored: Stored) => Promise<void>;
  readonly requests: () => { readonly reads: number; readonly writes: number };
}

/** `file:<directory>` (relative to the working directory): archives are replaced by rename. */
export const createFileStore = (publish: string, name: string): BundleStore => {
  const directory = publish.startsWith('file://') ? fileURLToPath(publish) : resolve(publish.slice('file:'.length));
  const where = (stored: Stored): string => join(directory, fileOf(name, stored));
  const counts = { reads: 0, writes: 0 };
  const failed = (doing: string, stored: Stored, cause: unknown): Problem =>
    new Problem('OPA_STORE', `cannot ${doing} ${where(stored)}: ${reason(cause)}`, { hint: 'check targets.opa.bundle.publish', cause });

  return {
    where,
    read: async (stored) => {
      counts.reads += 1;
      try {
        return await readFile(where(stored));
      } catch (thrown) {
        if (errnoOf(thrown) === 'ENOENT') return undefined;
        throw failed('read', stored, thrown);
      }
    },
    write: async (stored, archive) => {
      counts.writes += 1;
      const path = where(stored);
      const temporary = `${path}.${randomBytes(6).toString('hex')}`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, archive, { mode: 0o644, flag: 'wx' });
        await rename(temporary, path);
      } catch (thrown) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw failed('write', stored, thrown);
      }
    },
    remove: async (stored) => {
      counts.writes += 1;
      await rm(where(stored), { force: true }).catch((thrown: unknown) => {
        throw failed('delete', stored, thrown);
      });
    },
    requests: () => ({ ...counts }),
  };
};

/** Where archives go below a URL: one that names an archive itself (`…/policy.tar.gz`) gives the name. */
export const placeOf = (url: string, name: string): { readonly base: string; readonly name: string } => {
  const [, base, named] = /^(.+)\/([^/]+)\.tar\.gz$/.exec(url) ?? [];
  return base !== undefined && named !== undefined ? { base, name: named } : { base: url.replace(/\/$/, ''), name };
};

/** A server that takes `PUT <base>/<name>.tar.gz` with a bearer token. */
export const createHttpStore = (http: Http, base: string, name: string): BundleStore => {
  const path = (stored: Stored): string => `/${fileOf(name, stored)}`;
  const problem = (doing: string, answer: { status: number; body: unknown }): Problem =>
    refused({ target: 'opa', url: base, mask: (text) => text }, doing, { status: answer.status, body: undefined });

  return {
    where: (stored) => `${base}${path(stored)}`,
    read: async (stored) => {
      const answer = await http.send('GET', path(stored), { as: 'bytes' });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw problem('read the published bundle', answer);
      if (!Buffer.isBuffer(answer.body)) throw new Error('bytes were asked for');
      return answer.body;
    },
    write: async (stored, archive) => {
      const answer = await http.send('PUT', path(stored), { bytes: archive, headers: { 'Content-Type': 'application/gzip' } });
      if (answer.status < 200 || answer.status > 299) throw problem('publish the bundle', answer);
    },
    remove: async (stored) => {
      const answer = await http.send('DELETE', path(stored));
      if (answer.status !== 404 && (answer.status < 200 || answer.status > 299)) throw problem('delete the published bundle', answer);
    },
    requests: http.requests,
  };
};
