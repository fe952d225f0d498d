import { createWriteStream } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { reason } from '../core/problem.ts';
import { runToEnd } from './child.ts';
import { fetchingEnv } from './clean-env.ts';

/** Maven's own copy of what it once fetched, laid out as a repository is: `org/keycloak/…/file`. */
export const localRepository = (env: NodeJS.ProcessEnv): string => join(env['HOME'] || homedir(), '.m2', 'repository');

/** Runs one goal in `folder`. `missing` when there is no Maven; `error`: its first line of that level, or how it ended. */
export const runMaven = async (
  goal: string, settings: Readonly<Record<string, string>>, folder: string, env: NodeJS.ProcessEnv, signal: AbortSignal,
): Promise<{ readonly missing: boolean; readonly error?: string }> => {
  const args = ['-B', '-q', goal, ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`)];
  const answer = await runToEnd({ command: 'mvn', args, env: fetchingEnv(env), cwd: folder }, signal);
  if (answer.missing) return { missing: true };
  if (answer.code === 0) return { missing: false };
  return { missing: false, error: answer.output.split('\n').find((line) => line.startsWith('[ERROR]')) ?? `mvn ended with code ${String(answer.code)}` };
};

/** Writes `base`/`path` to `file` (0600), which must not be there. Returns what went wrong, in words. */
export const fetchFrom = async (base: string, path: string, file: string, signal: AbortSignal): Promise<string | undefined> => {
  const url = `${base.replace(/\/+$/, '')}/${path}`;
  const answer = await fetch(url, { signal }).catch((cause: unknown) => reason(cause));
  if (typeof answer === 'string') return `the repository in MAVEN_REPO_URL did not answer: ${answer}`;
  if (!answer.ok || !answer.body) return `the repository in MAVEN_REPO_URL answered ${String(answer.status)}`;
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
  return undefined;
};
