import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostileRequest } from './hostile.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** The plugins in the order in which Kong would run them: for JWTs with jwt, or with a guard that follows keys, for opaque tokens, and the guard of a public route. */
export type Chain = 'jwt' | 'followed' | 'phantom' | 'public';

/** What became of a request: refused with a status, passed with these header lines, or an error was raised. */
export interface Judgement {
  readonly status?: number;
  readonly upstream?: readonly (readonly [name: string, value: string])[];
  readonly crash?: string;
  /** Processor time of the plugins, without that of the garbage collector. */
  readonly nanoseconds?: number;
}

export interface Judge {
  readonly judge: (chain: Chain, request: HostileRequest) => Promise<Judgement>;
  readonly close: () => Promise<void>;
}

const noRequest: HostileRequest = { method: '', query: '', body: '', headers: [], signed: '' };

/** One LuaJIT process that runs the plugins. `good` is a JWT whose signature holds, and which stands behind the token `opaque`. */
export const startJudge = ({ good, opaque }: { readonly good: string; readonly opaque: string }): Judge => {
  const env = { ...process.env, AUTHCTL_LUA_DIR: folder, AUTHCTL_OPAQUE_TOKEN: opaque };
  const child = spawn('luajit', [`${folder}judge.lua`], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: { readonly resolve: (judgement: Judgement) => void; readonly reject: (error: Error) => void }[] = [];
  let rest = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) waiting.shift()?.resolve(JSON.parse(line) as Judgement);
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', (code) => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`the judge ended with ${code ?? 'a signal'}`));
      resolve();
    });
  });
  const write = (chain: string, { method, query, body, headers, signed }: HostileRequest): void => {
    const fields = [chain, method, query, body, signed, ...headers.flat()];
    child.stdin.write(`${fields.map(({ length }) => length).join(' ')}\n${fields.join('')}`, 'latin1');
  };
  write('trust', { ...noRequest, signed: good });
  return {
    judge: (chain, request) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        write(chain, request);
      }),
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
};
