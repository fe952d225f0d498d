import { spawn } from 'node:child_process';

/**
 * Runs a command to its end, its output passed through.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions & { capture?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>} the exit code, and stdout and stderr together when captured
 */
export const run = (command, args, { capture = false, ...options } = {}) =>
  new Promise((settle, fail) => {
    const child = spawn(command, args, { stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit', ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output += chunk;
        process.stdout.write(chunk);
      });
    child.on('error', fail);
    child.on('close', (code) => settle({ code: code ?? 1, output }));
  });
