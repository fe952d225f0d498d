import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { selfSigned } from '../core/certificate.ts';
import { privateDir, writePrivate } from './files.ts';

/** PEM. */
interface Pair {
  readonly certificate: string;
  readonly key: string;
}
export interface StackCertificates {
  readonly server: Pair;
  readonly client: Pair;
  /** As files for Keycloak, which nobody else can read. */
  readonly files: { readonly certificate: string; readonly key: string; readonly clients: string };
  readonly env: Readonly<Record<string, string>>;
}

/** As long as a stack may run; from a little before now, for a clock that is behind. */
const [BEFORE, AFTER] = [3_600_000, 30 * 86_400_000];

const pairOf = (name: string, addresses: readonly string[]): Pair => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const now = Date.now();
  return { certificate: selfSigned(name, privateKey, new Date(now - BEFORE), new Date(now + AFTER), addresses), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
};

/**
 * What a stack needs where tokens are bound to certificates (RFC 8705): one for its servers, and one for clients, which Keycloak trusts. Both sign themselves,
 * are of this stack alone, and go with its directory.
 */
export const makeCertificates = (dir: string): StackCertificates => {
  const home = privateDir(join(dir, 'tls'));
  const [server, client] = [pairOf('authctl local stack', ['127.0.0.1']), pairOf('authctl local client', [])];
  const files = { certificate: join(home, 'server.pem'), key: join(home, 'server.key'), clients: join(home, 'clients.pem') };
  writePrivate(files.certificate, server.certificate);
  writePrivate(files.key, server.key);
  writePrivate(files.clients, client.certificate);
  return { server, client, files, env: { CLIENT_CERTIFICATE: client.certificate, CLIENT_CERTIFICATE_KEY: client.key, SERVER_CERTIFICATE: server.certificate } };
};
