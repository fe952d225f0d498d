import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../blueprint/resolve.ts';
import { fileWords } from '../core/file-words.ts';
import { problemsOf } from '../core/problem.ts';
import { replaceFile } from '../core/temporary.ts';
import { othersMayWrite } from '../core/this-process.ts';
import { objectsOf, openBucket } from './bucket.ts';
import type { Bucket } from './bucket.ts';
import { appended } from './directory.ts';
import { bucketLock } from './lock.ts';
import { tooOld } from './place.ts';
import type { JournalPlace, Lines, Unwritten } from './place.ts';

/**
 * A prefix of a bucket, for all machines that apply. What this machine writes is in its state directory until the bucket has it, so that nothing is lost when S3
 * goes away meanwhile, or the process does: the next run of this machine that writes sends it.
 */
export const s3Place = (stated: string, env: Environment, stateDirectory: string): JournalPlace => {
  const bucket = openBucket(stated, env);
  const { bare } = objectsOf(stated);
  const unsent = join(stateDirectory, 'unsent', encodeURIComponent(bare.replace(/^s3:\/\//, '')));
  const copyOf = (name: string): string => join(unsent, name);
  const copies = async (): Promise<readonly string[]> => (await readdir(unsent).catch((): string[] => [])).filter((name) => !name.endsWith('.tmp'));
  const copyIn = (name: string): Promise<string | undefined> => readFile(copyOf(name), 'utf8').catch(() => undefined);
  const strike = (name: string): Promise<void> => rm(copyOf(name), { force: true }).catch(() => undefined);

  /** What is still here and nobody adds to: to the bucket, where that has not more of it, or something else. */
  const send = async (isUnderWay: (text: string) => boolean): Promise<readonly string[]> => {
    const notes: string[] = [];
    for (const name of await copies()) {
      const text = await copyIn(name);
      if (text === undefined || isUnderWay(text)) continue;
      const there = await bucket.get(name);
      if (there !== undefined && there.text !== text && !text.startsWith(there.text) && !there.text.startsWith(text)) {
        notes.push(`${name} in ${bare} is another one than "${copyOf(name)}", which was left here`);
        continue;
      }
      if (there === undefined || there.text.length < text.length) {
        await bucket.put(name, text, there?.etag);
        notes.push(`what this machine had kept of ${name} is in ${bare} now`);
      }
      await strike(name);
    }
    return notes;
  };

  return {
    where: bare,
    pathOf: (name) => `${bare}/${name}`,
    prepare: async ({ keep, most, isUnderWay }) => {
      const old = tooOld(await bucket.names(), most);
      for (const [name, text] of keep) await bucket.put(name, text, undefined);
      // That the bucket may be written to is known now.
      const sent = await send(isUnderWay);
      const kept = (await Promise.allSettled(old.map((name) => bucket.remove(name)))).flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      const [first] = kept;
      const why = first === undefined ? [] : (problemsOf(first) ?? Promise.reject(first as Error));
      return [...sent, ...(await why).map(({ message }) => `the oldest runs stay, ${kept.length} files of them: ${message}`)];
    },
    begin: (name) => linesIn({ bucket, name, copy: copyOf(name), unsent, where: bare }),
    names: async () => [...new Set([...(await bucket.names()), ...(await copies())])],
    read: async (name) => {
      const [there, here] = [(await bucket.get(name))?.text, await copyIn(name)];
      // A run that is under way here, or was killed, has noted more than it had sent.
      return there === undefined || (here?.startsWith(there) ?? false) ? here : there;
    },
    write: async (name, text) => {
      let uncopied: { readonly cause: unknown } | undefined;
      try {
        await mkdir(unsent, { recursive: true, mode: 0o700 });
        replaceFile(copyOf(name), text, 0o600);
      } catch (cause) {
        uncopied = { cause };
      }
      try {
        await bucket.put(name, text, undefined);
        await strike(name);
        return undefined;
      } catch (thrown) {
        return unwritten(thrown, { copy: copyOf(name), where: bare, uncopied });
      }
    },
    remove: (name) => bucket.remove(name).catch((thrown: unknown) => {
        // It is of no use to anybody, and is thinned out some day.
        if (problemsOf(thrown) === undefined) throw thrown;
      }),
    inOtherHands: async (name) => {
      for (const place of [unsent, copyOf(name)]) if (await othersMayWrite(place)) return place;
      return undefined;
    },
    lock: (blueprint) => bucketLock(bucket, bare, blueprint),
    close: bucket.close,
  };
};

interface Sending {
  readonly bucket: Bucket;
  readonly name: string;
  readonly copy: string;
  readonly unsent: string;
  readonly where: string;
}

/** S3 appends nothing: all lines so far are sent, and those that come meanwhile together. */
const linesIn = ({ bucket, name, copy, unsent, where }: Sending): Lines => {
  const here = appended(copy);
  const made = mkdir(unsent, { recursive: true, mode: 0o700 }).catch(() => undefined);
  let [text, sent, tried] = ['', '', ''];
  let etag: string | undefined;
  let sending: Promise<void> | undefined;
  /** What is no use to be tried again ends it. */
  let refused: unknown;
  let failure: unknown;

  const pump = async (): Promise<void> => {
    try {
      while (sent !== text) {
        tried = text;
        etag = await bucket.put(name, tried, etag);
        sent = tried;
        failure = undefined;
      }
    } catch (thrown) {
      failure = thrown;
      if (problemsOf(thrown)?.every(({ nature }) => nature === 'unreachable') !== true) refused = thrown;
    } finally {
      sending = undefined;
    }
  };
  const begin = (): void => { if (refused === undefined) sending ??= pump(); };
  const tryAll = async (): Promise<void> => {
    await made;
    await sending;
    if (sent !== text && tried !== text) {
      begin();
      await sending;
    }
  };
  return {
    add: (line) => {
      text += line;
      void made.then(() => { here.add(line); });
      begin();
    },
    settled: async () => {
      await tryAll();
      return (await here.failure()) !== undefined && sent !== text;
    },
    end: async (): Promise<Unwritten | undefined> => {
      await tryAll();
      const cause = await here.failure();
      if (sent === text) {
        await rm(copy, { force: true }).catch(() => undefined);
        return undefined;
      }
      return unwritten(failure, { copy, where, uncopied: cause });
    },
  };
};

/** A bug is thrown on. */
const unwritten = (thrown: unknown, { copy, where, uncopied }: { readonly copy: string; readonly where: string; readonly uncopied: { readonly cause: unknown } | undefined }): Unwritten => {
  const problems = problemsOf(thrown);
  if (problems === undefined) throw thrown;
  const why = problems.map(({ code, message, hint }) => `${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`).join('; ');
  if (uncopied !== undefined) return { words: `${why}; "${copy}" ${fileWords(uncopied.cause, 'written')}`, lost: true };
  return { words: `it is on this machine alone, in "${copy}", and not in ${where}: ${why}; the next run on this machine that writes sends it`, lost: false };
};
