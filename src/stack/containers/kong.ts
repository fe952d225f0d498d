import { join } from 'node:path';
import { startFailed, untilAnswers } from '../child.ts';
import type { Child } from '../child.ts';
import { privateDir } from '../files.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import type { StackPorts, StackServer } from '../types.ts';
import type { Engine } from './engine.ts';
import { startDatabase } from './postgres.ts';
import type { Containers } from './prepare.ts';
import { runContainer, startContainer, writeFor } from './run.ts';
import type { Container } from './run.ts';

interface KongInput {
  readonly dbless: boolean;
  readonly twoNodes: boolean;
  readonly ports: StackPorts;
}

/** What a node writes while it runs, as Kong's own chart has it: a place of its own in memory, whoever's process it is. */
const PREFIX = '/kong_prefix';
const SETTINGS = '/etc/kong/kong.conf';

/** Kong's file of settings (developer.konghq.com/gateway/manage-kong-conf): read where it stands, and by its account alone. */
const settingsOf = (database: readonly string[], { admin, proxy }: { readonly admin: number | undefined; readonly proxy: number }): string =>
  [
    `prefix = ${PREFIX}`, `admin_listen = ${admin === undefined ? 'off' : `127.0.0.1:${String(admin)}`}`, 'admin_gui_listen = off',
    `proxy_listen = 127.0.0.1:${String(proxy)}`, 'proxy_access_log = off', 'proxy_error_log = /dev/stderr', 'admin_access_log = off', 'admin_error_log = /dev/stderr',
    'nginx_worker_processes = 1', 'nginx_daemon = off', 'anonymous_reports = off', 'worker_state_update_frequency = 1', 'db_update_frequency = 1', ...database, '',
  ].join('\n');

/** One node of Kong, and by which settings. */
const nodeOf = (image: string, name: string, settings: string, args: readonly string[]): Container => ({
  name, title: 'Kong', image, args, mounts: { [SETTINGS]: settings }, inMemory: [`${PREFIX}:mode=1777`, '/tmp:mode=1777'],
});

const startNode = async (engine: Engine, room: Room, image: string, name: string, { settings, answers }: { readonly settings: string; readonly answers: string }): Promise<Child> => {
  const child = await startContainer(engine, room, nodeOf(image, name, settings, ['kong', 'start', '-c', SETTINGS]));
  room.spawned(child);
  try {
    await untilAnswers(child, answers, { seconds: 180, signal: room.signal });
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
};

/** A database of Kong's own, brought up to date; how the nodes are told of it. */
const databaseOf = async (engine: Engine, room: Room, dir: string, { image, postgres }: { readonly image: string; readonly postgres: string }) => {
  const database = await startDatabase(engine, room, postgres, 'kong');
  const lines = [
    'database = postgres', 'pg_host = 127.0.0.1', `pg_port = ${String(database.port)}`, 'pg_user = kong', 'pg_database = kong', `pg_password = ${database.password}`,
  ];
  try {
    const settings = await writeFor(join(dir, 'migrations.conf'), settingsOf(lines, { admin: undefined, proxy: await freePort() }));
    const answer = await runContainer(engine, room.dir, nodeOf(image, 'kong-migrations', settings, ['kong', 'migrations', 'bootstrap', '-c', SETTINGS]), room.signal);
    if (answer.missing || answer.code !== 0) throw startFailed('Kong', database.child.log, `its database could not be filled: ${answer.missing ? '' : answer.output.slice(-800)}`);
    return { lines, child: database.child };
  } catch (error) {
    await database.child.stop();
    throw error;
  }
};

/** Kong in a container, with a PostgreSQL of its own unless it keeps none; with sessions, a second node on the same database. */
export const startKongContainer = async (
  room: Room,
  { engine, kong: { image, what, postgres } }: { readonly engine: Engine; readonly kong: NonNullable<Containers['kong']> },
  { dbless, twoNodes, ports }: KongInput,
): Promise<Started> => {
  const dir = privateDir(join(room.dir, 'kong'));
  const database = dbless || postgres === undefined ? undefined : await databaseOf(engine, room, dir, { image, postgres });
  const lines = database?.lines ?? [`database = ${dbless ? 'off' : 'postgres'}`];
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await database?.child.stop();
  };
  try {
    const [admin, proxy] = [await freePort(ports.kongAdmin), await freePort(ports.kongProxy)];
    const url = (port: number): string => `http://127.0.0.1:${String(port)}`;
    const first = await startNode(engine, room, image, 'kong', { settings: await writeFor(join(dir, 'kong.conf'), settingsOf(lines, { admin, proxy })), answers: `${url(admin)}/status` });
    children.push(first);
    const at = { pid: first.mark.pid, log: first.log };
    const servers: StackServer[] = [{ name: 'kong-admin', what: `${what}: Admin API`, url: url(admin), ...at }, { name: 'kong-proxy', what: `${what}: proxy`, url: url(proxy), ...at }];
    if (!twoNodes) return { servers, env: { KONG_ADMIN_URL: url(admin), KONG_PROXY_URL: url(proxy) }, stop };
    const [status, second] = [await freePort(), await freePort()];
    const settings = settingsOf([...lines, `status_listen = 127.0.0.1:${String(status)}`], { admin: undefined, proxy: second });
    const node = await startNode(engine, room, image, 'kong-2', { settings: await writeFor(join(dir, 'kong-2.conf'), settings), answers: `${url(status)}/status` });
    children.push(node);
    return {
      servers: [...servers, { name: 'kong-proxy-2', what: 'a second node of it', url: url(second), pid: node.mark.pid, log: node.log }],
      env: { KONG_ADMIN_URL: url(admin), KONG_PROXY_URL: url(proxy), KONG_SECOND_PROXY_URL: url(second) },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
