import { fileURLToPath } from 'node:url';
import { plainEnvironment, startChild, untilAnswers } from '../child.ts';
import type { Child } from '../child.ts';
import { issuerAt } from '../keycloak/launch.ts';
import { freePort } from '../ports.ts';
import type { Room, Started } from '../room.ts';
import type { GuardedService, StackNeeds, StackServer } from '../types.ts';
import { addressName, addressVariables } from './upstreams.ts';

/** The sample service: it imports `authctl-service` as any service does. */
const SHOP = fileURLToPath(new URL('../../../infra/services/shop/main.js', import.meta.url));

/** What a service needs to know of the rest of the stack. */
type Around = Readonly<Record<string, string>>;

/**
 * A process for each service that verifies tokens itself, each its own recorder: a call counts when its handler was reached. One can be
 * stopped while the other goes on.
 */
export const startGuarded = async (
  room: Room,
  needs: StackNeeds,
  ports: Readonly<Record<string, number>>,
  around: Around,
): Promise<Started> => {
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop(3)));
  };
  const start = async ([id, service]: readonly [string, GuardedService]): Promise<{ readonly server: StackServer; readonly env: Around }> => {
    const port = await freePort(ports[id]);
    const url = `http://127.0.0.1:${String(port)}`;
    const env = plainEnvironment({ ...serviceEnvironment(id, service, needs, around), PORT: String(port) });
    const child = await startChild(id, { command: process.execPath, args: [SHOP], env }, room.log(id));
    children.push(child);
    room.spawned(child);
    await untilAnswers(child, `${url}/__authctl/status`, { seconds: 30, signal: room.signal });
    return {
      server: { name: id, what: 'service that verifies tokens itself', url, pid: child.mark.pid, log: child.log },
      env: { ...addressVariables(id, url), [`${addressName(id)}_STATUS_URL`]: `${url}/__authctl/status` },
    };
  };
  try {
    const started = await Promise.all(Object.entries(needs.guarded ?? {}).map(start));
    return { servers: started.map(({ server }) => server), env: Object.assign({}, ...started.map(({ env }) => env)) as Around, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** The environment of infra/services/shop: its README names every variable. */
export const serviceEnvironment = (id: string, service: GuardedService, needs: StackNeeds, around: Around): Readonly<Record<string, string>> => {
  const { realm, audience, algorithms, leeway, maxLifetime, header, cookie, proofsFor, origins, routes, objects, decision, question, furtherIssuers } = service;
  return {
    SERVICE: id,
    RECORDER: 'on',
    ISSUER: issuerAt(around.KEYCLOAK_URL, realm),
    AUDIENCE: audience,
    ALGORITHMS: algorithms.join(','),
    ...(furtherIssuers && { FURTHER_ISSUERS: JSON.stringify(furtherIssuers) }),
    LEEWAY: String(leeway),
    ...(maxLifetime !== undefined && { MAX_LIFETIME: String(maxLifetime) }),
    TOKEN_IN: [...(header ? ['header'] : []), ...(cookie === undefined ? [] : ['cookie'])].join(','),
    ...(cookie !== undefined && { TOKEN_COOKIE: cookie }),
    ...(proofsFor && { DPOP_ORIGINS: [...(around.KONG_PROXY_URL === undefined ? [] : [new URL(around.KONG_PROXY_URL).origin]), ...proofsFor].join(',') }),
    ALLOWED_ORIGINS: origins.join(','),
    ROUTES: JSON.stringify(routes),
    OBJECTS: JSON.stringify(objects),
    // Attacks name unknown keys all the time, and verify publishes a key of its own: a service in use asks less often (10 s).
    KEYS_COOLDOWN: '0.5',
    ...(decision !== undefined && {
      DECISION: decision,
      ...(question && { QUESTION: JSON.stringify(question.question), ANSWER: question.answer }),
      ...moduleAt(needs, around),
      BUNDLE_INTERVAL: '1',
    }),
  };
};

/** Where a service that decides itself fetches its module, and whose signature it must have. */
const moduleAt = ({ name, bundleKey, existingBundle }: StackNeeds, around: Around): Around => {
  const from = existingBundle ? (existingBundle.module ?? { stored: '' }) : { stored: `${name}-service.tar.gz` };
  const [first] = Object.entries(existingBundle?.keys ?? {});
  const key = bundleKey ?? (first && { id: first[0], algorithm: first[1].algorithm, publicKey: first[1].key });
  return {
    ...('stored' in from
      ? { BUNDLE_URL: `${around.BUNDLE_URL ?? ''}/${from.stored}`, BUNDLE_TOKEN: around.BUNDLE_READ_TOKEN ?? '' }
      : { BUNDLE_URL: from.url, ...(from.token !== undefined && { BUNDLE_TOKEN: from.token }) }),
    ...(key && { BUNDLE_KEY: key.publicKey, BUNDLE_KEY_ID: key.id, BUNDLE_KEY_ALGORITHM: key.algorithm }),
  };
};
