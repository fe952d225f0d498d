import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import type { ParsedTarEntry } from 'modern-tar';
import { Problem } from '../core/problem.ts';

/** `<top>/lib/x` -> `lib/x`; `undefined` for the top directory itself. Throws on a path that would leave the target. */
const inside = (name: string): string | undefined => {
  const path = normalize(name).split('/').slice(1).join('/');
  if (name.startsWith('/') || name.split('/').includes('..')) {
    throw new Problem('STACK_ARCHIVE_UNSAFE', `the archive holds "${name}", which points outside of it`);
  }
  return path.replace(/\/$/, '') || undefined;
};

const place = async ({ header: { name, type, mode }, body }: ParsedTarEntry, target: string): Promise<void> => {
  const path = inside(name);
  if (type === 'directory' || path === undefined) {
    if (path !== undefined) await mkdir(join(target, path), { recursive: true, mode: 0o755 });
    await body.cancel();
    return;
  }
  if (type !== 'file') throw new Problem('STACK_ARCHIVE_UNSAFE', `the archive holds "${name}", a ${String(type)}: only files are expected`);
  const file = join(target, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o755 });
  await pipeline(Readable.fromWeb(body), createWriteStream(file, { mode: (mode ?? 0) & 0o111 ? 0o755 : 0o644, flags: 'wx' }));
};

/** Throws `STACK_CHECKSUM` unless the file's SHA-512 is `sha512` (hex). */
export const verifyChecksum = async (file: string, sha512: string, signal?: AbortSignal): Promise<void> => {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(file, { signal }) as AsyncIterable<Buffer>) hash.update(chunk);
  const found = hash.digest('hex');
  if (found === sha512) return;
  throw new Problem('STACK_CHECKSUM', `${file} is not the file that was published: its SHA-512 is ${found}`, {
    expected: sha512,
    hint: 'delete it and try again; if it happens twice, the repository it came from is not to be trusted',
  });
};

/**
 * Unpacks a .tar.gz into `target` without its top directory. Throws `STACK_ARCHIVE_UNSAFE` on an entry that is neither file nor
 * directory or leaves `target`; what was written by then is the caller's to remove.
 */
export const unpack = async (archive: string, target: string, signal?: AbortSignal): Promise<void> => {
  await pipeline(createReadStream(archive), createGunzip(), async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const entry of Readable.toWeb(Readable.from(bytes)).pipeThrough(createTarDecoder())) await place(entry, target);
  }, { signal });
};
