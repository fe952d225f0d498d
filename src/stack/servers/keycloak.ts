import { randomBytes } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, untilAnswers } from '../child.ts';
import { ADMIN_CLIENT, rotateSecret } from '../keycloak/admin.ts';
import { readyUrl, startCommand, urlOf } from '../keycloak/launch.ts';
import { archiveFlags, layHome } from '../keycloak/prepare.ts';
import type { PreparedKeycloak } from '../keycloak/prepare.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';

/**
 * A real Keycloak on a copy of the prepared database, in `<dir>/keycloak`. Its administrator's secret is of this stack alone: the
 * prepared one is refused by the time this returns.
 */
export const startKeycloak = async (room: Room, prepared: PreparedKeycloak, wantedPort: number | undefined): Promise<Started> => {
  const { java, version, distribution, golden, archive } = prepared;
  const home = join(room.dir, 'keycloak');
  const port = await freePort(wantedPort);
  const url = urlOf(port);
  await layHome(distribution, home);
  await cp(join(golden, 'data'), join(home, 'data'), { recursive: true });
  const command = startCommand({ java, distribution, home, ...(archive !== undefined && { flags: archiveFlags(archive) }) }, port);
  const child = await startChild('Keycloak', command, room.log('keycloak'));
  room.spawned(child);
  try {
    await untilAnswers(child, readyUrl(port), { seconds: 180, signal: room.signal });
    const secret = randomBytes(32).toString('base64url');
    await rotateSecret(url, await readFile(join(golden, 'secret'), 'utf8'), secret);
    return {
      servers: [{ name: 'keycloak', what: `Keycloak ${version}`, url, pid: child.mark.pid, log: child.log }],
      env: { KEYCLOAK_URL: url, KEYCLOAK_CLIENT_ID: ADMIN_CLIENT, KEYCLOAK_CLIENT_SECRET: secret },
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
};
