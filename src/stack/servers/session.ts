import { randomBytes } from 'node:crypto';
import { startChild, plainEnvironment, untilAnswers } from '../child.ts';
import { issuerAt } from '../keycloak/launch.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import type { SessionNeeds } from '../types.ts';

interface SessionInput {
  /** Where it is installed. */
  readonly home: string;
  readonly needs: SessionNeeds;
  readonly clientSecret: string;
  readonly port: number | undefined;
  /** What the other parts of the stack have said of themselves. */
  readonly env: Started['env'];
}

/** The session service that ships with this package, in front of the stack's Redis and behind its gateway. */
export const startSession = async (room: Room, { home, needs, clientSecret, port: wantedPort, env }: SessionInput): Promise<Started> => {
  const port = await freePort(wantedPort);
  const url = `http://127.0.0.1:${String(port)}`;
  const own = {
    NODE_ENV: 'production',
    PORT: String(port),
    ISSUER_URL: issuerAt(env['KEYCLOAK_URL'], needs.realm),
    CLIENT_ID: needs.client,
    CLIENT_SECRET: clientSecret,
    SCOPE: needs.scope,
    PUBLIC_URL: env['KONG_PROXY_URL'] ?? '',
    BASE_PATH: needs.path,
    COOKIE: needs.cookie,
    SECRETS: randomBytes(32).toString('base64url'),
    STORE_URL: env['SESSION_STORE_URL'] ?? '',
    STORE_PREFIX: `${needs.prefix}:`,
    IDLE_SECONDS: String(needs.idle),
    ABSOLUTE_SECONDS: String(needs.absolute),
    RENEW_SECONDS: String(needs.renew),
  };
  const child = await startChild(
    'session service',
    { command: process.execPath, args: ['server.js'], env: plainEnvironment(own), cwd: home },
    room.log('session'),
  );
  room.spawned(child);
  try {
    await untilAnswers(child, `${url}/healthz`, { seconds: 60, signal: room.signal });
    return {
      servers: [{ name: 'session', what: 'session service', url, pid: child.mark.pid, log: child.log }],
      env: { SESSION_URL: url },
      stop: () => child.stop(3),
    };
  } catch (error) {
    await child.stop(3);
    throw error;
  }
};
