import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { untilAnswers } from '../child.ts';
import { privateDir } from '../files.ts';
import { ADMIN_CLIENT } from '../keycloak/admin.ts';
import { readyUrl, serverOptions, urlOf } from '../keycloak/launch.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import { startDatabase } from './postgres.ts';
import type { Containers } from './prepare.ts';
import { startContainer, writeFor } from './run.ts';

/** Its heap is a part of the memory that its container has (keycloak.org/server/containers, "Specifying different memory settings"), else of the machine's. */
const MEMORY = '1250m';

/**
 * Keycloak on a PostgreSQL of its own, as in production. Its secrets stand in its file of settings (keycloak.org/server/configuration), which its account
 * alone can read, and in no environment.
 */
export const startKeycloakContainer = async (
  room: Room,
  { engine, keycloak: { image, what, postgres } }: { readonly engine: Containers['engine']; readonly keycloak: NonNullable<Containers['keycloak']> },
  wantedPort: number | undefined,
): Promise<Started> => {
  const port = await freePort(wantedPort);
  const database = await startDatabase(engine, room, postgres, 'keycloak');
  try {
    const secret = randomBytes(32).toString('base64url');
    const settings = [
      `db-url=jdbc:postgresql://127.0.0.1:${String(database.port)}/keycloak`, 'db-username=keycloak', `db-password=${database.password}`,
      `bootstrap-admin-client-id=${ADMIN_CLIENT}`, `bootstrap-admin-client-secret=${secret}`, '',
    ].join('\n');
    const file = await writeFor(join(privateDir(join(room.dir, 'keycloak')), 'keycloak.conf'), settings);
    const child = await startContainer(engine, room, {
      name: 'keycloak', title: 'Keycloak', image,
      args: ['start', '--optimized', ...serverOptions(port), `--http-management-port=${String(await freePort())}`, '--http-management-host=127.0.0.1'],
      mounts: { '/opt/keycloak/conf/keycloak.conf': file }, memory: MEMORY,
      // It starts sooner without the compiler that pays off after hours (../keycloak/launch.ts).
      env: { JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1' },
    });
    room.spawned(child);
    try {
      await untilAnswers(child, readyUrl(port), { seconds: 300, signal: room.signal });
    } catch (error) {
      await child.stop();
      throw error;
    }
    const { mark: { pid }, log } = database.child;
    return {
      servers: [
        { name: 'keycloak', what, url: urlOf(port), pid: child.mark.pid, log: child.log },
        { name: 'postgres', what: `PostgreSQL, ${postgres}`, url: `postgresql://127.0.0.1:${String(database.port)}`, pid, log },
      ],
      env: { KEYCLOAK_URL: urlOf(port), KEYCLOAK_CLIENT_ID: ADMIN_CLIENT, KEYCLOAK_CLIENT_SECRET: secret },
      stop: async () => {
        await child.stop();
        await database.child.stop();
      },
    };
  } catch (error) {
    await database.child.stop();
    throw error;
  }
};
