import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Problem } from '../../core/problem.ts';
import { runToEnd } from '../child.ts';
import { cleanEnv, fetchingEnv } from '../clean-env.ts';
import { cacheDir } from '../files.ts';
import { withLock } from '../lock.ts';

/** The version that is built where there is none. */
export const OPA_VERSION = '1.22.0';
const MODULE = `github.com/open-policy-agent/opa@v${OPA_VERSION}`;
const BUILD = ['install', '-trimpath', '-ldflags', '-s -w', MODULE];
const HINT = `run: CGO_ENABLED=0 GOBIN="$HOME/.local/bin" go install -trimpath -ldflags "-s -w" ${MODULE} (Go 1.26 or newer; put $HOME/.local/bin on PATH)`;

/** The version of an `opa` that works and is new enough: Rego v1 is the language from 1.0 on. */
const usable = async (command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  const answer = await runToEnd({ command, args: ['version'], env: cleanEnv(env) });
  if (answer.missing || answer.code !== 0) return undefined;
  const [, version, major] = /^Version: ((\d+)\.\S+)/m.exec(answer.output) ?? [];
  return Number(major) >= 1 ? version : undefined;
};

const buildOnce = async (target: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined): Promise<void> => {
  const draft = join(dirname(target), `.${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { recursive: true, mode: 0o700 });
  try {
    const answer = await runToEnd({ command: 'go', args: BUILD, env: { ...fetchingEnv(env), CGO_ENABLED: '0', GOBIN: draft }, cwd: draft }, signal);
    if (answer.missing) throw new Problem('STACK_NO_OPA', 'neither opa nor Go to build it with is on PATH', { hint: HINT });
    if (answer.code !== 0) throw new Problem('STACK_NO_OPA', `Go could not build opa: ${answer.output.trim().slice(-800)}`, { hint: HINT });
    await rename(join(draft, 'opa'), target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

interface Search {
  readonly env?: NodeJS.ProcessEnv;
  /** Named by somebody, before everything else. */
  readonly given?: string | undefined;
  readonly signal?: AbortSignal;
  readonly tell?: (detail: string) => void;
}

const chosen = async ({ env = process.env, given, tell }: Search): Promise<string | undefined> => {
  const fromEnv = env['AUTHCTL_OPA_BIN'] && resolve(env['AUTHCTL_OPA_BIN']);
  const path = given ?? fromEnv;
  if (!path) return undefined;
  const version = await usable(path, env);
  const who = given === undefined ? 'AUTHCTL_OPA_BIN' : 'targets.opa.binary';
  if (!version) throw new Problem('STACK_NO_OPA', `${who} is ${path}, and that is no opa of version 1.0 or newer`, { hint: HINT });
  tell?.(`${version}, ${path}`);
  return path;
};

/**
 * An `opa` of 1.0 or newer that is there already: `given`, `AUTHCTL_OPA_BIN`, PATH, the cache; `undefined` when there is none. Throws
 * `STACK_NO_OPA` when the first two name something that is not one.
 */
export const opaAtHand = async (search: Search = {}): Promise<string | undefined> => {
  const { env = process.env, tell } = search;
  const named = await chosen(search);
  if (named !== undefined) return named;
  for (const command of ['opa', cachedOpa(env)]) {
    const version = await usable(command, env);
    if (version) {
      tell?.(`${version}, ${command}`);
      return command;
    }
  }
  return undefined;
};

const cachedOpa = (env: NodeJS.ProcessEnv): string => join(cacheDir(env), 'opa', OPA_VERSION, 'opa');

/**
 * An `opa` as `opaAtHand` finds it, else built once from source with Go (some minutes). Returns its path. Throws `STACK_NO_OPA`.
 */
export const findOpa = async (search: Search = {}): Promise<string> => {
  const { env = process.env, signal, tell } = search;
  const there = await opaAtHand(search);
  if (there !== undefined) return there;
  const cached = cachedOpa(env);
  await mkdir(dirname(cached), { recursive: true, mode: 0o700 });
  await withLock(join(dirname(cached), 'lock'), { waitSeconds: 900, signal }, async () => {
    if (!existsSync(cached)) await buildOnce(cached, env, signal);
  });
  const version = await usable(cached, env);
  if (!version) throw new Problem('STACK_NO_OPA', `${cached} does not work`, { hint: `delete it, or ${HINT}` });
  tell?.(`${version}, built with Go`);
  return cached;
};
