import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

/**
 * Runs a command to its end, its output passed through.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { capture?: boolean, quiet?: boolean, priority?: number, started?: (pid: number) => void }} [options] `quiet`:
 *   captured, and not passed through; `priority`: how far it gives way, up to 19; `started`: hears its number
 * @returns {Promise<{ code: number, output: string }>} the exit code, and stdout and stderr together when captured
 */
export const run = (command, args, { capture = false, quiet = false, priority, started, ...options } = {}) =>
  new Promise((settle, fail) => {
    const child = spawn(command, args, { stdio: capture || quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit', ...options });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    if (child.pid !== undefined) started?.(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += chunk;
        if (!quiet) process.stdout.write(chunk);
      });
    child.on('error', fail);
    child.on('close', (code) => settle({ code: code ?? 1, output }));
  });
