import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { loadBlueprint } from '../../../../src/blueprint/index.ts';
import { selfSigned } from '../../../../src/core/certificate.ts';
import type { Blueprint } from '../../../../src/blueprint/types.ts';

/** The examples that `make demo` brings up. */
export const EXAMPLES = ['sso', 'storefront', 'session', 'jwt', 'opaque', 'aws', 'decentralised', 'hybrid', 'mixed', 'routes', 'functions', 'bound', 'step-up', 'certified', 'issuers'] as const;
export type Example = (typeof EXAMPLES)[number];

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { privateKey: client } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: signing, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const fixed: Readonly<Record<string, string>> = {
  BUNDLE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  BUNDLE_STORE: 'file:/nowhere',
  SESSION_STORE_URL: 'redis://store.localhost:6379',
  PROOF_STORE_URL: 'redis://:proofs-secret@store.localhost:6379/1',
  KEYCLOAK_MTLS_URL: 'https://id.localhost:8443',
  KONG_MTLS_URL: 'https://gateway.localhost:8443',
  CLIENT_CERTIFICATE: selfSigned('verify', client, new Date(0), new Date(4e12)),
  CLIENT_CERTIFICATE_KEY: client.export({ type: 'pkcs8', format: 'pem' }).toString(),
  STATEMENTS_KEY: signing.export({ type: 'pkcs8', format: 'pem' }).toString(),
  STATEMENTS_JWKS: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'statements', use: 'sig' }] }),
  // Short enough for checks that wait for a clock: it is one of the world's own, which does not really wait.
  SESSION_IDLE: '12s',
  SESSION_ABSOLUTE: '18s',
  SESSION_RENEW: '2s',
  AWS_REGION: 'ap-northeast-1',
  STOREFRONT_ORIGIN: 'https://store.example',
};

const ports: string[] = [];
/** Every address is a port of its own, at which nobody is outside the world. */
const addressOf = (name: string): string => {
  if (!ports.includes(name)) ports.push(name);
  return `http://127.0.0.1:${50_000 + ports.indexOf(name)}`;
};
const valueOf = (name: string): string => fixed[name] ?? (/_(URL|ENDPOINT)$/.test(name) ? addressOf(name) : `value-of-${name}`);

export const loadExample = async (example: Example): Promise<Blueprint> => {
  const file = `blueprints/${example}.yaml`;
  const names = [...(await readFile(file, 'utf8')).matchAll(/\$\{([A-Z0-9_]+)/g)].map((match) => match[1]!);
  return loadBlueprint(file, { env: Object.fromEntries(names.map((name) => [name, valueOf(name)])) });
};
