import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedAws } from '../../../infra/stand-ins/src/aws/index.ts';
import { startEmbeddedKong } from '../../../infra/stand-ins/src/kong/index.ts';
import { startForeignIssuer } from '../../foreign-issuer.ts';
import { apiEndpointOf, awsHeld, kongHeld } from '../../stack/held.ts';
import { pool, secret } from './pool.ts';
import { blueprint, secrets, serveKeycloak } from './targets.ts';
import { startWeather } from './weather.ts';

/** Servers behind the weather, a blueprint for them, and what shows how they are. */
export interface World {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  readonly weather: ReturnType<typeof startWeather>;
  /** What the servers hold, a line each. */
  readonly held: () => Promise<readonly string[]>;
  /** Requests of somebody without a token that got through where nobody should. */
  readonly strangers: () => Promise<readonly string[]>;
  /** What everybody may ask: otherwise nothing is open because nothing answers. */
  readonly open: () => Promise<number | undefined>;
  readonly close: () => Promise<void>;
}

/** A service behind the gateway that says yes to everybody. */
const startYes = async () => {
  const server = createServer((_request, response) => response.end('yes'));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, close: (): void => { server.close(); server.closeAllConnections(); } };
};

const asking = (base: () => Promise<string | undefined>, requests: readonly string[]) => async (): Promise<readonly string[]> => {
  const url = await base();
  if (url === undefined) return [];
  const statuses = await Promise.all(requests.map(async (request) => {
    const [method = '', path = ''] = request.split(' ');
    return `${request}: ${String((await fetch(`${url}${path}`, { method, redirect: 'manual' })).status)}`;
  }));
  return statuses.filter((line) => /: 2\d\d$/.test(line));
};

/** Keycloak and Kong. */
export const startKong = async (): Promise<World> => {
  const weather = startWeather();
  const { keycloak, url, close } = await serveKeycloak();
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins' });
  const yes = await startYes();
  const state = mkdtempSync(join(tmpdir(), 'authctl-weather-'));
  keycloak.issuesAs = await weather.before('keycloak', () => url);
  const base = (): Promise<string> => Promise.resolve(kong.proxy.url);
  return {
    file: blueprint,
    weather,
    env: {
      ...secrets,
      AUTHCTL_STATE_DIR: state,
      KEYCLOAK_URL: keycloak.issuesAs,
      KONG_ADMIN_URL: await weather.before('kong', () => kong.admin.url),
      KONG_PROXY_URL: await weather.before('kong-proxy', () => kong.proxy.url),
      EVENTS_URL: yes.url,
      TICKETS_URL: yes.url,
    },
    held: async () => {
      const realms = [...keycloak.realms].flatMap(([name, { clients, roles, scopes, users }]) => [
        `realm ${name}`,
        ...clients.map((client) => `client ${String(client['clientId'])} ${((client['protocolMappers'] ?? []) as { name: string }[]).map((mapper) => mapper.name).join(' ')}`),
        ...roles.map((role) => `role ${String(role['name'])}`),
        ...scopes.map((scope) => `scope ${String(scope['name'])} ${((scope['protocolMappers'] ?? []) as { name: string }[]).map((mapper) => mapper.name).join(' ')}`),
        ...users.map((user) => `user ${String(user['username'])}`),
      ]);
      return [...realms, ...(await kongHeld(kong.admin.url))].toSorted();
    },
    strangers: asking(base, ['GET /events', 'GET /events/1', 'POST /events', 'GET /tickets', 'GET /tickets/1']),
    open: async () => (await fetch(`${kong.proxy.url}/events/health`)).status,
    close: async () => {
      await weather.close();
      close();
      yes.close();
      await kong.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
};

/** An issuer that is not ours, and API Gateway. */
export const startAws = async (): Promise<World> => {
  const weather = startWeather();
  const issuer = await startForeignIssuer({ clients: [{ clientId: '6trackme', secret, scopes: ['parcels/read'] }] });
  const aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  const yes = await startYes();
  const directory = mkdtempSync(join(tmpdir(), 'authctl-weather-'));
  const file = join(directory, 'pool.yaml');
  writeFileSync(file, pool);
  const at = { AWS_ENDPOINT: aws.control.url, AWS_REGION: 'eu-central-1' };
  const base = (): Promise<string | undefined> => apiEndpointOf(at, 'parcels');
  return {
    file,
    weather,
    env: {
      AUTHCTL_STATE_DIR: join(directory, 'state'),
      AWS_ENDPOINT: await weather.before('aws', () => aws.control.url),
      AWS_ACCESS_KEY_ID: 'of-nobody',
      AWS_SECRET_ACCESS_KEY: 'of-nobody-at-all',
      ISSUER_URL: issuer.url,
      UPSTREAM: yes.url,
      TRACKER_SECRET: secret,
      DORA_TOKEN: await issuer.access({ sub: 'dora', client_id: '4h57klweb', scope: 'parcels/read' }),
      DORA_ID_TOKEN: await issuer.id({ sub: 'dora', aud: '4h57klweb' }),
    },
    held: async () => (await awsHeld(at, 'parcels')).map((line) => line.replaceAll(yes.url, 'http://yes')).toSorted(),
    strangers: asking(base, ['GET /parcels', 'POST /parcels', 'GET /rates']),
    open: async () => {
      const url = await base();
      return url === undefined ? undefined : (await fetch(`${url}/parcels/health`)).status;
    },
    close: async () => {
      await weather.close();
      yes.close();
      await Promise.all([issuer.close(), aws.close()]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
