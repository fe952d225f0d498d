import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { runToEnd, startChild, untilAnswers } from '../child.ts';
import { cleanEnv } from '../clean-env.ts';
import { privateDir, writePrivate } from '../files.ts';
import { opaConfig } from '../opa/config.ts';
import { freePort } from '../ports.ts';
import type { Launcher, Room, Started } from '../room.ts';
import type { StackNeeds, StackPorts } from '../types.ts';
import { startBundles } from './bundles.ts';

const versionOf = async (opa: string): Promise<string> => {
  const answer = await runToEnd({ command: opa, args: ['version'], env: cleanEnv(process.env) });
  return (answer.missing ? undefined : /^Version: (\S+)/m.exec(answer.output)?.[1]) ?? 'of unknown version';
};

/** An `opa` of this machine. */
export const localOpa = (room: Room, opa: string): Launcher => ({
  what: async () => `OPA ${await versionOf(opa)}`,
  start: ({ path, text }, args) => {
    writePrivate(path, text);
    return startChild('OPA', { command: opa, args: [...args, '--config-file', path], env: { PATH: process.env['PATH'], HOME: dirname(path) }, cwd: dirname(path) }, room.log('opa'));
  },
});

/** A real OPA, and the bundle server it reads from. Until a bundle is published OPA answers, and every decision is undefined. */
export const startOpa = async (room: Room, opa: Launcher, needs: StackNeeds, ports: StackPorts): Promise<Started> => {
  const readToken = randomBytes(32).toString('base64url');
  const writeToken = randomBytes(32).toString('base64url');
  const store = privateDir(join(room.dir, 'bundles'));
  const bundles = await startBundles({ dir: store, port: ports.bundles ?? 0, readToken, writeToken });
  try {
    const dir = privateDir(join(room.dir, 'opa'));
    const text = JSON.stringify(opaConfig(needs, { url: bundles.url, token: readToken }));
    const port = await freePort(ports.opa);
    const url = `http://127.0.0.1:${String(port)}`;
    const args = ['run', '--server', '--addr', `127.0.0.1:${String(port)}`, '--disable-telemetry', '--log-level', 'error'];
    const child = await opa.start({ path: join(dir, 'config.json'), text }, args);
    room.spawned(child);
    try {
      await untilAnswers(child, `${url}/health`, { seconds: 30, signal: room.signal });
      return {
        servers: [
          { name: 'opa', what: await opa.what(), url, pid: child.mark.pid, log: child.log },
          { name: 'bundles', what: 'bundle server', url: bundles.url, pid: process.pid, log: room.log('stack') },
        ],
        env: { OPA_URL: url, BUNDLE_STORE: `file:${store}`, BUNDLE_URL: `${bundles.url}/bundles`, BUNDLE_TOKEN: writeToken, BUNDLE_READ_TOKEN: readToken },
        stop: async () => {
          await child.stop(3);
          await bundles.close();
        },
      };
    } catch (error) {
      await child.stop(3);
      throw error;
    }
  } catch (error) {
    await bundles.close();
    throw error;
  }
};
