import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthctl } from 'authctl';
import { onTestFinished } from 'vitest';
import { startEmbeddedAws } from '../../../infra/stand-ins/src/aws/index.ts';
import { startEmbeddedKong } from '../../../infra/stand-ins/src/kong/index.ts';
import { startUpstream } from '../../../src/stack/servers/upstream.ts';
import { startForeignIssuer } from '../../foreign-issuer.ts';

/** An API in front of a user pool: two services, two applications, one machine. */
export const pool = `
apiVersion: authctl/v1
name: parcels
targets:
  aws: { region: eu-central-1, endpoint: "\${AWS_ENDPOINT}" }
issuer:
  url: "\${ISSUER_URL}"
  audienceClaim: client_id
  scopes:
    parcels/read: {}
    parcels/send: {}
    rates/read: {}
  clients:
    web: { type: public, clientId: 4h57klweb, scopes: [parcels/read, parcels/send, rates/read] }
    tracker: { type: service, clientId: 6trackme, clientSecret: "\${TRACKER_SECRET}", scopes: [parcels/read] }
authentication: { pattern: aws, client: web }
services:
  parcels:
    upstream: "\${UPSTREAM}"
    recorder: "\${UPSTREAM}"
    gateways: [aws]
    routes:
      list: { match: GET /parcels, scopes: [parcels/read] }
      send: { match: POST /parcels, scopes: [parcels/send] }
      health: { match: GET /parcels/health, public: true }
  rates:
    upstream: "\${UPSTREAM}"
    recorder: "\${UPSTREAM}"
    gateways: [aws]
    routes:
      list: { match: GET /rates, scopes: [rates/read] }
personas:
  dora: { token: "\${DORA_TOKEN}", idToken: "\${DORA_ID_TOKEN}" }
expect:
  dora: { parcels: [list, send], rates: [list] }
  tracker: { parcels: [list] }
  anonymous: { parcels: [health] }
`;

/** The same pool behind Kong: the guard verifies, with keys that are pinned. */
export const poolAtKong = pool
  .replace('  aws: { region: eu-central-1, endpoint: "${AWS_ENDPOINT}" }', '  kong: { admin: { url: "${KONG_ADMIN_URL}" }, proxy: { url: "${KONG_PROXY_URL}" } }')
  .replace('pattern: aws', 'pattern: sso')
  .replaceAll('gateways: [aws]', 'gateways: [kong]');

export const secret = 'secret-of-the-tracker';

/** The pool, a gateway and an upstream, for the test that runs. */
export const startPool = async (text = pool, { dbless = false } = {}) => {
  const issuer = await startForeignIssuer({ clients: [{ clientId: '6trackme', secret, scopes: ['parcels/read'] }] });
  const aws = await startEmbeddedAws({ controlPort: 0, dataPort: 0, allowHttpIssuers: true });
  const kong = await startEmbeddedKong({ adminPort: 0, proxyPort: 0, pluginDir: 'infra/kong/plugins', dbless });
  const upstream = await startUpstream({ service: 'parcels', port: 0 });
  const directory = mkdtempSync(join(tmpdir(), 'authctl-pool-'));
  onTestFinished(async () => {
    await Promise.all([issuer.close(), aws.close(), kong.close(), upstream.close()]);
    rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'pool.yaml');
  writeFileSync(file, text);
  const env: Record<string, string> = {
    AWS_ENDPOINT: aws.control.url,
    AWS_ACCESS_KEY_ID: 'of-nobody',
    AWS_SECRET_ACCESS_KEY: 'of-nobody-at-all',
    KONG_ADMIN_URL: kong.admin.url,
    KONG_PROXY_URL: kong.proxy.url,
    ISSUER_URL: issuer.url,
    UPSTREAM: upstream.url,
    TRACKER_SECRET: secret,
    DORA_ID_TOKEN: await issuer.id({ sub: 'dora', aud: '4h57klweb' }),
    DORA_TOKEN: await issuer.access({ sub: 'dora', client_id: '4h57klweb', scope: 'parcels/read parcels/send rates/read' }),
  };
  const open = (more: Readonly<Record<string, string>> = {}) => createAuthctl({ env: { ...env, ...more }, localStack: false, cwd: directory });
  return { issuer, aws, kong, upstream, file, env, open, rewrite: (edit: (text: string) => string): void => writeFileSync(file, edit(text)) };
};
