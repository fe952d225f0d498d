import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Problem } from '../core/problem.ts';
import { makeCertificates } from './certificates.ts';
import type { StackCertificates } from './certificates.ts';
import type { Child } from './child.ts';
import { startKeycloakContainer } from './containers/keycloak.ts';
import { startKongContainer } from './containers/kong.ts';
import { opaContainer, redisContainer } from './containers/launchers.ts';
import type { Containers } from './containers/prepare.ts';
import { sweep } from './containers/run.ts';
import { markOf } from './identity.ts';
import { portTaken } from './ports.ts';
import { during } from './progress.ts';
import type { Launcher, Room, Started } from './room.ts';
import { startAws } from './servers/aws.ts';
import { tellFunctions, tellListeners } from './servers/functions.ts';
import { startGuarded } from './servers/guarded.ts';
import { startInfinispan } from './servers/infinispan.ts';
import { startKeycloak } from './servers/keycloak.ts';
import type { KeycloakOrder } from './servers/keycloak.ts';
import { startKong } from './servers/kong.ts';
import { localOpa, startOpa } from './servers/opa.ts';
import { localRedis, startRedis } from './servers/redis.ts';
import type { PreparedRedis } from './servers/redis.ts';
import { startSession } from './servers/session.ts';
import { startStorefront } from './servers/storefront.ts';
import { startUpstreams } from './servers/upstreams.ts';
import type { PreparedInfinispan } from './session/infinispan.ts';
import { writeState } from './state.ts';
import type { StackState } from './state.ts';
import type { StackEvents, StackNeeds, StackPart, StackPorts } from './types.ts';

/** Plain data: it goes from `stack up` to the supervisor through a pipe. */
export interface StackOrder {
  readonly dir: string;
  readonly needs: StackNeeds;
  readonly parts: readonly StackPart[];
  readonly ports: StackPorts;
  readonly secretNames: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly dbless: boolean;
  readonly clock?: number;
  /** Where the servers of others run; processes of this machine unless given. */
  readonly containers?: Containers;
  readonly keycloak?: KeycloakOrder;
  readonly opa?: string;
  readonly redis?: PreparedRedis;
  readonly infinispan?: PreparedInfinispan;
  /** Where the session service is installed. */
  readonly session?: string;
  /** The secret of its client; one of `secretNames` unless given. */
  readonly clientSecret?: string;
  /** Made when it starts, where tokens are bound to them. */
  readonly certificates?: StackCertificates;
}

export const randomSecrets = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('base64url')]));

type Step = readonly [step: string, start: () => Promise<Started>];

/** What is kept by all nodes needs a second one to show it. */
const twoNodes = ({ needs: { session, proofStore } }: StackOrder): boolean => session !== undefined || proofStore === true;

/** How the servers of others are started: as processes, or in containers. */
interface Servers {
  readonly keycloak?: () => Promise<Started>;
  readonly opa?: () => Launcher;
  readonly redis?: () => Launcher;
  readonly kong: readonly [step: string, start: () => Promise<Started>];
}

const processes = (order: StackOrder, room: Room): Servers => {
  const { ports, clock, dbless, keycloak, opa, redis, certificates } = order;
  return {
    ...(keycloak && { keycloak: () => startKeycloak(room, keycloak, ports.keycloak, certificates) }),
    ...(opa !== undefined && { opa: () => localOpa(room, opa) }),
    ...(redis && { redis: () => localRedis(room, redis) }),
    kong: [
      'start the stand-in for Kong',
      () => startKong(room, ports, { ...(clock !== undefined && { clock }), dbless, twoNodes: twoNodes(order), ...(certificates && { secure: certificates.server }) }),
    ],
  };
};

const inContainers = (order: StackOrder, { engine, keycloak, opa, redis, kong }: Containers, room: Room): Servers => ({
  ...(keycloak && { keycloak: () => startKeycloakContainer(room, { engine, keycloak }, order.ports.keycloak) }),
  ...(opa !== undefined && { opa: () => opaContainer(engine, room, opa) }),
  ...(redis !== undefined && { redis: () => redisContainer(engine, room, redis) }),
  kong: kong
    ? [`start ${kong.what}`, () => startKongContainer(room, { engine, kong }, { dbless: order.dbless, twoNodes: twoNodes(order), ports: order.ports })]
    : processes(order, room).kong,
});

/** What depends on nothing else of the stack. */
const firstSteps = (order: StackOrder, room: Room): readonly Step[] => {
  const { needs, parts, ports, clock, containers, infinispan } = order;
  const { keycloak, opa, redis, kong } = containers ? inContainers(order, containers, room) : processes(order, room);
  const has = (part: StackPart): boolean => parts.includes(part);
  const time = { ...(clock !== undefined && { clock }) };
  const plain = needs.services.filter((service) => needs.guarded?.[service] === undefined);
  return [
    ...(has('keycloak') && keycloak ? [['start Keycloak', keycloak] as const] : []),
    ...(has('opa') && opa ? [['start OPA', () => startOpa(room, opa(), needs, ports)] as const] : []),
    ...(has('kong') ? [kong] : []),
    ...(has('aws') ? [['start the stand-in for API Gateway', () => startAws(room, ports, time)] as const] : []),
    ...(has('upstreams') && plain.length > 0
      ? [['start the upstream services', () => startUpstreams(room, plain, ports.upstreams ?? {}, needs.grpc)] as const]
      : []),
    ...(has('redis') && redis ? [['start Redis', () => startRedis(room, redis(), ports.redis)] as const] : []),
    ...(has('infinispan') && infinispan ? [['start Infinispan', () => startInfinispan(room, infinispan, ports.infinispan)] as const] : []),
  ];
};

/** What needs the address of another part: services that verify tokens that of the issuer or of the bundles, the session service all. */
const laterSteps = ({ needs, parts, ports, session: home, clientSecret }: StackOrder, room: Room, env: Started['env']): readonly Step[] => {
  const guarded = Object.entries(needs.guarded ?? {});
  const { session, storefront } = needs;
  return [
    ...(parts.includes('upstreams') && guarded.length > 0
      ? [['start the services that verify tokens', () => startGuarded(room, needs, ports.upstreams ?? {}, env)] as const]
      : []),
    ...(needs.functions && parts.includes('aws') && parts.includes('upstreams')
      ? [['tell the stand-in for API Gateway of the functions', () => tellFunctions(needs.functions ?? {}, env)] as const]
      : []),
    ...(needs.listeners && parts.includes('aws') && parts.includes('upstreams')
      ? [['tell the stand-in for API Gateway what stands behind VPC links', () => tellListeners(needs.listeners ?? {}, env)] as const]
      : []),
    ...(parts.includes('session') && session && home !== undefined
      ? [[
          'start the session service',
          () => startSession(room, { home, needs: session, clientSecret: clientSecret ?? env[session.secretName] ?? '', port: ports.session, env }),
        ] as const]
      : []),
    ...(parts.includes('storefront') && storefront ? [['start the storefront', () => startStorefront(room, storefront, env)] as const] : []),
  ];
};

const explain = (error: unknown): never => {
  const { code, port } = error as { code?: unknown; port?: unknown };
  throw code === 'EADDRINUSE' && typeof port === 'number' ? portTaken(port) : error;
};

/** Keeps `stack.json` true from the first moment on: "stack down" can stop what a start that died half-way has left. */
const keepState = (order: StackOrder) => {
  const own = markOf(process.pid);
  if (!own) throw new Error('this process cannot be found among the processes');
  let state: StackState = {
    version: 1, ready: false, startedAt: new Date().toISOString(), processes: [{ name: 'supervisor', ...own }],
    parts: order.parts, needs: order.needs, servers: [], env: {}, ...(order.containers && { engine: order.containers.engine }),
  };
  const set = (change: Partial<StackState>): StackState => {
    state = { ...state, ...change };
    writeState(order.dir, state);
    return state;
  };
  set({});
  return { set, spawned: (child: Child): void => { set({ processes: [...state.processes, { name: child.name, ...child.mark }] }); } };
};

const environmentOf = (started: readonly Started[]): Record<string, string> =>
  Object.assign({}, ...started.map(({ env }) => env)) as Record<string, string>;

/**
 * Starts what the order names, all at once but for what needs the address of another, and waits until each answers. When one fails or
 * `signal` is aborted, the others are stopped and the first reason is thrown. Afterwards `stop` ends everything.
 */
export const superviseStack = async (
  given: StackOrder,
  events: StackEvents,
  signal: AbortSignal,
): Promise<{ readonly state: StackState; readonly stop: () => Promise<void> }> => {
  const order = given.needs.certificates ? { ...given, certificates: makeCertificates(given.dir) } : given;
  const others = new AbortController();
  let first: unknown;
  const { set, spawned } = keepState(order);
  const room: Room = {
    dir: order.dir,
    log: (name) => join(order.dir, 'logs', `${name}.log`),
    signal: AbortSignal.any([signal, others.signal]),
    spawned,
  };
  const started: Started[] = [];
  const startAll = async (steps: readonly Step[]): Promise<void> => {
    const results = await Promise.allSettled(
      steps.map(([step, start]) =>
        during(events, step, () => start().catch(explain)).catch((error: unknown) => {
          first ??= error;
          others.abort(new Problem('STACK_INTERRUPTED', 'stopped, because another part of the stack did not start'));
          throw error;
        }),
      ),
    );
    started.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  };
  const made = { ...randomSecrets(order.secretNames), ...order.secrets, ...order.certificates?.env };
  const environment = (): Record<string, string> => ({ ...made, ...environmentOf(started) });
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()));
    if (order.containers) await sweep(order.containers.engine, order.dir);
  };
  // Of an earlier one in the same place, which nobody could stop.
  if (order.containers) await sweep(order.containers.engine, order.dir);
  await startAll(firstSteps(order, room));
  if (!room.signal.aborted) await startAll(laterSteps(order, room, environment()));
  if (room.signal.aborted) {
    await stop();
    throw first ?? room.signal.reason;
  }
  const state = set({
    ready: true,
    servers: started.flatMap(({ servers }) => servers),
    env: environment(),
  });
  return { state, stop };
};
