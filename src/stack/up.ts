import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../core/problem.ts';
import { plainEnvironment } from './child.ts';
import { clearStack } from './down.ts';
import { prepareContainers } from './containers/prepare.ts';
import { cacheDir, openLog, privateDir } from './files.ts';
import { gone, markOf } from './identity.ts';
import { findJava } from './java.ts';
import type { Java } from './java.ts';
import { prepareForPostgres, prepareKeycloak } from './keycloak/prepare.ts';
import { withLock } from './lock.ts';
import { fromFailed } from './messages.ts';
import type { FromDaemon } from './messages.ts';
import { findOpa } from './opa/find.ts';
import { checkInstalled, packagesFor } from './packages.ts';
import { during } from './progress.ts';
import { findPostgres } from './postgres/find.ts';
import { findRedis } from './session/find.ts';
import { prepareInfinispan } from './session/infinispan.ts';
import { installSessionService } from './session/install.ts';
import { allAlive, readState, removeAll, writeState } from './state.ts';
import type { StackState } from './state.ts';
import type { KeycloakOrder } from './servers/keycloak.ts';
import { randomSecrets } from './supervise.ts';
import type { StackOrder } from './supervise.ts';
import type { StackEvents, StackInfo, StackNeeds, StackPart, StackPorts } from './types.ts';

export interface StackUpOptions {
  readonly blueprintNeeds: StackNeeds;
  /** Absolute. */
  readonly dir: string;
  /** Fewer parts than the blueprint needs. */
  readonly only?: readonly StackPart[];
  readonly ports?: StackPorts;
  /** The stand-ins' clock stands still here: seconds since the epoch. */
  readonly clock?: number;
  readonly dbless?: boolean;
  /** Where Keycloak keeps what it has: in files of its own, unless another is named. */
  readonly database?: 'postgres';
  /** Where the servers of others run. */
  readonly engine?: 'local' | 'containers';
  /** Where secrets that are not made up come from, and where an `opa` is looked for. */
  readonly env: NodeJS.ProcessEnv;
  /** A random value is made for each, as `env[name]`. */
  readonly secretNames: readonly string[];
  /** Made by the caller, because they must be more than random (a private key); they win over `secretNames`. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly events: StackEvents;
  /** Aborted, everything that was started is stopped and `STACK_INTERRUPTED` is thrown. */
  readonly signal?: AbortSignal;
}

/** The supervisor is plain JavaScript: next to this file once built, in `dist` when this runs from source. */
const DAEMON = fileURLToPath(new URL('../../dist/bin/daemon.js', import.meta.url));

const partsOf = ({ keycloak, opa, kong, aws, services, session, storefront, proofStore }: StackNeeds, only: readonly StackPart[] | undefined): readonly StackPart[] => {
  const needed: Readonly<Record<StackPart, boolean>> = {
    keycloak, opa, kong, aws, upstreams: services.length > 0, redis: session?.store === 'redis' || proofStore === true, infinispan: session?.store === 'infinispan',
    session: session !== undefined, storefront: storefront !== undefined,
  };
  const all = Object.keys(needed) as StackPart[];
  const unknown = only?.find((part) => !all.includes(part));
  if (unknown !== undefined) {
    throw new Problem('STACK_UNKNOWN_PART', `the local stack has no part "${unknown}"`, { expected: all.join(', ') });
  }
  return all.filter((part) => (only ? only.includes(part) : needed[part]));
};

const checkPorts = ({ upstreams = {}, ...ports }: StackPorts): void => {
  for (const [name, port] of Object.entries({ ...ports, ...upstreams })) {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) continue;
    throw new Problem('STACK_BAD_PORT', `the port of ${name} is no port`, { expected: 'a whole number from 1 to 65535' });
  }
};

const infoOf = (dir: string, { startedAt, servers, env }: StackState, already: boolean): StackInfo => ({ dir, startedAt, servers, env, already });

/** A service that verifies tokens knows its routes from its start: with others it would refuse what the blueprint allows. */
const otherwiseGuarded = (running: StackNeeds, { guarded = {} }: StackNeeds): readonly string[] =>
  Object.entries(guarded)
    .filter(([id, service]) => running.services.includes(id) && !isDeepStrictEqual(running.guarded?.[id], service))
    .map(([id]) => `the service ${id} as it is now declared`);

/** The key that was made for the running stack is as good as one that would be made now. */
const sameBundleKey = ({ env, needs: { bundleKey: has } }: StackState, { bundleKey: wants }: StackNeeds, made: readonly string[]): boolean =>
  has?.publicKey === wants?.publicKey ||
  (made.length > 0 && made.every((name) => name in env) && has?.id === wants?.id && has?.algorithm === wants?.algorithm);

/** A live stack serves again when it has what is asked for; secrets that it lacks are added. */
const reuse = (state: StackState, parts: readonly StackPart[], { dir, blueprintNeeds: needs, database, engine = 'local', secretNames, secrets = {} }: StackUpOptions): StackInfo => {
  const lacking = [
    ...parts.filter((part) => !state.parts.includes(part)),
    ...(parts.includes('upstreams') ? needs.services.filter((service) => !state.needs.services.includes(service)) : []),
    ...(parts.includes('upstreams') ? otherwiseGuarded(state.needs, needs) : []),
    ...(parts.includes('opa') && !sameBundleKey(state, needs, Object.keys(secrets)) ? ['the key that bundles are signed with'] : []),
    ...(parts.includes('session') && !isDeepStrictEqual(state.needs.session, needs.session) ? ['the session service as it is now declared'] : []),
    ...(parts.includes('kong') && needs.proofStore && !state.needs.proofStore && state.needs.session === undefined ? ['a second node of Kong'] : []),
    ...(needs.certificates && !state.needs.certificates ? ['TLS that asks for certificates'] : []),
    ...(parts.includes('storefront') && !isDeepStrictEqual(needs.storefront, state.needs.storefront) ? ['its page'] : []),
    ...((state.engine ? 'containers' : 'local') !== engine ? [engine === 'containers' ? 'containers' : 'processes of this machine'] : []),
    ...(database === 'postgres' && !state.servers.some(({ name }) => name === 'postgres') ? ['PostgreSQL'] : []),
    ...(parts.includes('opa') && !isDeepStrictEqual(state.needs.existingBundle, needs.existingBundle) ? ['the bundle as it is now declared'] : []),
    ...(parts.includes('opa') && state.needs.name !== needs.name ? [`the bundle of ${needs.name}`] : []),
  ];
  if (lacking.length > 0) {
    throw new Problem('STACK_OTHER_NEEDS', `a stack is running in ${dir}, for "${state.needs.name}", and it lacks ${lacking.join(', ')}`, {
      hint: 'run "authctl stack down" first, or give this one a directory of its own by AUTHCTL_STACK_DIR',
    });
  }
  const fresh = secretNames.filter((name) => !(name in state.env));
  if (fresh.length === 0) return infoOf(dir, state, true);
  const extended = { ...state, env: { ...state.env, ...randomSecrets(fresh) } };
  writeState(dir, extended);
  return infoOf(dir, extended, true);
};

const spawnDaemon = (dir: string): ChildProcess => {
  if (!existsSync(DAEMON)) throw new Error(`${DAEMON} is missing: run "npm run build"`);
  const log = openLog(join(dir, 'logs', 'stack.log'));
  // A session of its own: Ctrl-C in this terminal reaches it by the end of the pipe, once, and in the right order.
  const child = spawn(process.execPath, [DAEMON], { cwd: dir, env: plainEnvironment(), detached: true, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  return child;
};

/** Hands the order over, passes the progress on, and returns when the supervisor says that all of it answers. */
const runDaemon = async (order: StackOrder, events: StackEvents, signal: AbortSignal): Promise<void> => {
  const daemon = spawnDaemon(order.dir);
  const mark = daemon.pid === undefined ? undefined : markOf(daemon.pid);
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => { reject(signal.reason as Error); }, { once: true });
      daemon.once('error', reject);
      daemon.once('exit', (code, by) => {
        reject(new Problem('STACK_START_FAILED', `the stack's supervisor ended at once (${by ?? `code ${String(code)}`})`, {
          hint: `its log is ${join(order.dir, 'logs', 'stack.log')}`,
        }));
      });
      daemon.on('message', (message: FromDaemon) => {
        if (message.type === 'event') events(message.event);
        else if (message.type === 'failed') reject(fromFailed(message));
        else daemon.send('stay', () => { resolve(); });
      });
      daemon.send(order);
    });
    if (daemon.connected) await new Promise((resolve) => { daemon.once('disconnect', resolve); });
    daemon.unref();
  } catch (error) {
    // The end of the pipe is the order to stop.
    if (daemon.connected) daemon.disconnect();
    if (mark) await gone(mark, 20);
    throw error;
  }
};

const keycloakOrder = async (java: Java, database: StackUpOptions['database'], events: StackEvents, signal: AbortSignal): Promise<KeycloakOrder> => {
  const cache = join(cacheDir(), 'keycloak');
  if (database === undefined) return { database: 'dev-file', keycloak: await prepareKeycloak(java, cache, events, signal) };
  const postgres = await during(events, 'find PostgreSQL', () => findPostgres());
  return { database, keycloak: await prepareForPostgres(java, cache, events, signal), postgres };
};

/** Everything that is looked for, fetched or built before a process of the stack starts. */
const prepare = async (options: StackUpOptions, parts: readonly StackPart[], signal: AbortSignal): Promise<StackOrder> => {
  const { blueprintNeeds: needs, dir, env, ports = {}, clock, dbless = false, database, engine, secretNames, secrets = {}, events } = options;
  checkInstalled(packagesFor(parts, needs));
  const standInApart = needs.session !== undefined || needs.proofStore === true || clock !== undefined;
  const containers = engine === 'containers' ? await prepareContainers({ parts, env, standInApart }, events, signal) : undefined;
  if (containers && needs.certificates)
    throw new Problem('STACK_OTHER_NEEDS', 'tokens are bound to certificates, for which the stack in containers has no TLS', { hint: 'run the stack as processes of this machine: without --engine containers' });
  const onThisMachine = (part: StackPart): boolean => parts.includes(part) && containers === undefined;
  const java = onThisMachine('keycloak') || parts.includes('infinispan') ? await findJava() : undefined;
  const [keycloak, opa, redis, infinispan, session] = await Promise.all([
    java && onThisMachine('keycloak') ? keycloakOrder(java, database, events, signal) : undefined,
    onThisMachine('opa') ? during(events, 'find OPA', (tell) => findOpa({ env, signal, tell })) : undefined,
    onThisMachine('redis') ? during(events, 'find Redis', () => findRedis()) : undefined,
    java && parts.includes('infinispan') ? during(events, 'find Infinispan', () => prepareInfinispan(java, signal)) : undefined,
    parts.includes('session') ? during(events, 'find the session service', () => installSessionService(signal)) : undefined,
  ]);
  // A secret that the caller's environment holds is the one that the blueprint will be applied with.
  const clientSecret = env[needs.session?.secretName ?? ''];
  return {
    dir, needs, parts, ports, secretNames, secrets, dbless,
    ...(clock !== undefined && { clock }), ...(containers && { containers }), ...(keycloak && { keycloak }), ...(opa !== undefined && { opa }),
    ...(redis && { redis }), ...(infinispan && { infinispan }), ...(session !== undefined && { session }), ...(clientSecret !== undefined && { clientSecret }),
  };
};

/**
 * Starts what a blueprint needs and waits until it answers; a running stack is found and kept (`already`). When a part fails,
 * everything is stopped again, secrets are removed and the logs stay. Throws `STACK_OTHER_NEEDS`, `STACK_BUSY`, `STACK_NO_PACKAGE`, `STACK_NO_DOCKER`, `STACK_NO_IMAGE`, `STACK_NO_JAVA`,
 * `STACK_NO_KEYCLOAK`, `STACK_NO_POSTGRES`, `STACK_NO_OPA`, `STACK_NO_REDIS`, `STACK_NO_INFINISPAN`, `STACK_NO_SESSION_SERVICE`, `STACK_CHECKSUM`, `STACK_KEYCLOAK_BUILD`, `STACK_START_FAILED`, `STACK_PORT_TAKEN`, `STACK_BAD_PORT`,
 * `STACK_UNKNOWN_PART`, `STACK_INTERRUPTED`.
 */
export const up = async (options: StackUpOptions): Promise<StackInfo> => {
  const { blueprintNeeds: needs, dir, only, events } = options;
  const signal = options.signal ?? new AbortController().signal;
  const parts = partsOf(needs, only);
  checkPorts(options.ports ?? {});
  privateDir(dir);
  return withLock(join(dir, 'lock'), { waitSeconds: 0, signal }, async () => {
    const old = readState(dir);
    if (old?.ready && allAlive(old)) return reuse(old, parts, options);
    await clearStack(dir);
    privateDir(join(dir, 'logs'));
    let launched = false;
    try {
      const order = await prepare(options, parts, signal);
      // What was aborted before somebody listens says so to nobody.
      signal.throwIfAborted();
      launched = true;
      await runDaemon(order, events, signal);
      signal.throwIfAborted();
    } catch (error) {
      await clearStack(dir);
      // Logs are worth keeping when something of the stack itself went wrong.
      if (signal.aborted || !launched) removeAll(dir);
      throw signal.aborted ? new Problem('STACK_INTERRUPTED', 'the start was interrupted; what had been started is stopped') : error;
    }
    const state = readState(dir);
    if (!state?.ready) throw new Error('the supervisor said it was ready and left no state');
    return infoOf(dir, state, false);
  });
};
