import { Readable } from 'node:stream';
import { run } from '../../src/cli/index.ts';
import type { ProcessLike } from '../../src/cli/terminal.ts';

interface Around {
  /** Where it stands. */
  readonly cwd?: string;
  /** Shown all that it has said on stderr so far: once it answers true, the command gets a SIGTERM. */
  readonly until?: (said: string) => boolean;
}

/** One command line in this process: its output by stream and its exit code. */
export const cli = async (argv: readonly string[], env: NodeJS.ProcessEnv = {}, { cwd = globalThis.process.cwd(), until }: Around = {}): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
  let stdout = '';
  let stderr = '';
  const listening: Parameters<ProcessLike['on']>[1][] = [];
  const process: ProcessLike = {
    stdout: { write: (text) => (stdout += text) },
    stderr: {
      write: (text) => {
        stderr += text;
        if (until?.(stderr) !== true) return;
        const [end] = listening.splice(0);
        end?.('SIGTERM');
      },
    },
    stdin: Readable.from([]) as ProcessLike['stdin'],
    env,
    cwd: () => cwd,
    on: (signal, listener) => { if (signal === 'SIGTERM') listening.push(listener); },
    off: (_signal, listener) => { if (listening.includes(listener)) listening.splice(listening.indexOf(listener), 1); },
    pid: globalThis.process.pid,
    kill: () => undefined,
  };
  const exitCode = await run([...argv], process);
  return { exitCode, stdout, stderr };
};

/** Everything `blueprints/sso.yaml` refers to, with nobody at the addresses. */
export const shopEnv: NodeJS.ProcessEnv = {
  KEYCLOAK_URL: 'http://127.0.0.1:9',
  KONG_ADMIN_URL: 'http://127.0.0.1:9',
  KONG_PROXY_URL: 'http://127.0.0.1:9',
  OPA_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT: 'http://127.0.0.1:9',
  KEYCLOAK_CLIENT_SECRET: 'secret-of-the-keycloak-client',
  REPORTS_SECRET: 'secret-of-the-reports-client',
  ALICE_PASSWORD: 'password-of-alice',
  SAM_PASSWORD: 'password-of-sam',
  ADA_PASSWORD: 'password-of-ada',
};
export const shopSecrets = Object.entries(shopEnv).flatMap(([name, value]) => (/SECRET|PASSWORD/.test(name) && value !== undefined ? [value] : []));
