import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Ended {
  readonly exitCode: number;
  /** stdout and stderr, as somebody at a terminal sees them. */
  readonly lines: readonly string[];
}

/**
 * A shell that takes one command after the other: what is exported, and the directory, stay. Nothing of this process's environment is in it but `env`.
 * `memory` is a directory for what stays.
 */
export const openShell = (memory: string, cwd: string, env: Readonly<Record<string, string>>): ((command: string) => Promise<Ended>) => {
  const state = join(memory, 'state.sh');
  writeFileSync(state, `cd '${cwd}'\n`, { mode: 0o600 });
  return (command) =>
    new Promise((settle, reject) => {
      const script = `. '${state}'\n${command}\ncode=$?\n{ export -p; printf 'cd %q\\n' "$PWD"; } > '${state}'\nexit $code\n`;
      const shell = spawn('bash', ['-c', `exec 2>&1\n${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      shell.once('error', reject);
      shell.once('close', (code) => {
        const lines = output.split('\n');
        if (lines.at(-1) === '') lines.pop();
        settle({ exitCode: code ?? -1, lines });
      });
    });
};
