import { randomBytes } from 'node:crypto';
import { startChild, plainEnvironment } from '../child.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import type { PreparedInfinispan } from '../session/infinispan.ts';
import { storeOf } from './resp.ts';

/** A real Infinispan behind its RESP endpoint, with a password of its own, on loopback, in memory. */
export const startInfinispan = async (room: Room, { command, home, version }: PreparedInfinispan, wantedPort: number | undefined): Promise<Started> => {
  const port = await freePort(wantedPort);
  const password = randomBytes(32).toString('base64url');
  const env = plainEnvironment({ STORE_PORT: String(port), STORE_PASSWORD: password });
  const child = await startChild('Infinispan', { command, args: ['-Xmx256m', '-cp', 'lib/*', 'Store.java'], env, cwd: home }, room.log('infinispan'));
  // Its RESP endpoint takes a password only with a name; `/0`, no database but the first, is not asked for by clients.
  return storeOf(room, child, { name: 'infinispan', what: `Infinispan ${version}`, port, login: `default:${password}`, seconds: 120 });
};
