import { randomBytes } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, untilAnswers } from '../child.ts';
import type { StackCertificates } from '../certificates.ts';
import type { Child } from '../child.ts';
import { ADMIN_CLIENT, rotateSecret } from '../keycloak/admin.ts';
import { readyUrl, startCommand, urlOf } from '../keycloak/launch.ts';
import { archiveFlags, layHome } from '../keycloak/prepare.ts';
import type { PreparedKeycloak, WarmKeycloak } from '../keycloak/prepare.ts';
import { freePort } from '../ports.ts';
import type { PreparedPostgres } from '../postgres/find.ts';
import type { Room, Started } from '../room.ts';
import { layPostgres, runPostgres } from './postgres.ts';

/** A Keycloak, and what it keeps its realms in. */
export type KeycloakOrder =
  | { readonly database: 'dev-file'; readonly keycloak: WarmKeycloak }
  | { readonly database: 'postgres'; readonly keycloak: PreparedKeycloak; readonly postgres: PreparedPostgres };

interface Home {
  readonly path: string;
  readonly port: number;
  /** An archive of loaded classes. */
  readonly archive?: string;
  /** Beside what every server of the stack gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** By TLS as well, where it asks clients for certificates, to bind tokens to. What it calls itself stays its other address. */
  readonly secure?: { readonly port: number; readonly files: StackCertificates['files'] };
}

/** That clients are asked is said by the build. (https://www.keycloak.org/server/mutual-tls) */
const tlsOf = (secure: Home['secure']): Readonly<Record<string, string>> =>
  secure === undefined ? {} : {
    KC_HTTPS_PORT: String(secure.port), KC_HTTPS_CERTIFICATE_FILE: secure.files.certificate, KC_HTTPS_CERTIFICATE_KEY_FILE: secure.files.key, KC_HTTPS_TRUST_STORE_FILE: secure.files.clients,
  };

/** Starts it on its home, and waits until it answers. */
export const runKeycloak = async (room: Room, { java, distribution }: PreparedKeycloak, { path, port, archive, env = {}, secure }: Home): Promise<Child> => {
  const flags = archive === undefined ? {} : { flags: archiveFlags(archive) };
  const child = await startChild('Keycloak', startCommand({ java, distribution, home: path, ...flags, env: { ...env, ...tlsOf(secure) } }, port), room.log('keycloak'));
  room.spawned(child);
  try {
    await untilAnswers(child, readyUrl(port), { seconds: 180, signal: room.signal });
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
};

const startedOf = (prepared: PreparedKeycloak, child: Child, { port, secure }: Home, secret: string): Started => ({
  servers: [{ name: 'keycloak', what: `Keycloak ${prepared.version}`, url: urlOf(port), pid: child.mark.pid, log: child.log }],
  env: { KEYCLOAK_URL: urlOf(port), KEYCLOAK_CLIENT_ID: ADMIN_CLIENT, KEYCLOAK_CLIENT_SECRET: secret, ...(secure && { KEYCLOAK_MTLS_URL: `https://127.0.0.1:${String(secure.port)}` }) },
  stop: () => child.stop(),
});

/** On a copy of the prepared database, whose secret is replaced before anybody hears of it. */
const startOnCopy = async (room: Room, prepared: WarmKeycloak, home: Home): Promise<Started> => {
  const { path, port } = home;
  const { golden, archive } = prepared;
  await cp(join(golden, 'data'), join(path, 'data'), { recursive: true });
  const child = await runKeycloak(room, prepared, { ...home, ...(archive !== undefined && { archive }) });
  try {
    const secret = randomBytes(32).toString('base64url');
    await rotateSecret(urlOf(port), await readFile(join(golden, 'secret'), 'utf8'), secret);
    return startedOf(prepared, child, home, secret);
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** On a database of its own that starts empty. */
const startOnPostgres = async (room: Room, prepared: PreparedKeycloak, postgres: PreparedPostgres, home: Home): Promise<Started> => {
  const database = await runPostgres(room, await layPostgres(room, postgres));
  try {
    const secret = randomBytes(32).toString('base64url');
    const env = { ...database.env, KC_BOOTSTRAP_ADMIN_CLIENT_ID: ADMIN_CLIENT, KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: secret };
    const keycloak = startedOf(prepared, await runKeycloak(room, prepared, { ...home, env }), home, secret);
    const { mark: { pid }, log } = database.child;
    const url = `postgresql://127.0.0.1:${String(database.port)}`;
    return {
      ...keycloak,
      servers: [...keycloak.servers, { name: 'postgres', what: `PostgreSQL ${postgres.version}`, url, pid, log }],
      stop: async () => {
        await keycloak.stop();
        await database.child.stop();
      },
    };
  } catch (error) {
    await database.child.stop();
    throw error;
  }
};

/**
 * A real Keycloak in `<dir>/keycloak`: on a copy of the prepared database, or on PostgreSQL. Its administrator's secret is of this stack alone: the
 * prepared one is refused by the time this returns.
 */
export const startKeycloak = async (room: Room, order: KeycloakOrder, wantedPort: number | undefined, certificates?: StackCertificates): Promise<Started> => {
  const path = join(room.dir, 'keycloak');
  const port = await freePort(wantedPort);
  await layHome(order.keycloak.distribution, path);
  const home = { path, port, ...(certificates && { secure: { port: await freePort(), files: certificates.files } }) };
  return order.database === 'postgres' ? startOnPostgres(room, order.keycloak, order.postgres, home) : startOnCopy(room, order.keycloak, home);
};
