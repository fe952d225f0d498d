import type { Blueprint, TokenPlacement } from '../blueprint/types.ts';
import { Problem } from '../core/problem.ts';
import { Secret } from '../core/secret.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';

type StoreConfig = Pick<PluginConfig<'authctl-token-guard'>, 'dpop_store' | 'redis_host' | 'redis_port' | 'redis_username' | 'redis_password' | 'redis_database' | 'redis_ssl' | 'redis_ssl_verify'>;

/** Stated, or a guard that somebody made remember elsewhere would stay so. */
const ON_EACH_NODE: StoreConfig = {
  dpop_store: 'memory', redis_host: null, redis_port: 6379, redis_username: null, redis_password: null, redis_database: 0, redis_ssl: false, redis_ssl_verify: true,
};

/** The guard's nonces (RFC 9449 section 9). Stated, or a guard that somebody made ask for them would go on. */
export const nonceConfig = ({ proofs }: TokenPlacement): Pick<PluginConfig<'authctl-token-guard'>, 'dpop_nonce_secret' | 'dpop_nonce_lifetime'> => ({
  dpop_nonce_secret: proofs?.nonce?.secret ?? null,
  dpop_nonce_lifetime: proofs?.nonce?.lifetime ?? 300,
});

/** Proofs must hold a nonce. */
export const asksNonces = ({ proofs }: TokenPlacement): boolean => proofs?.nonce !== undefined;

/** Proofs are remembered for all nodes of the gateway, not by each for itself. */
export const remembersTogether = ({ proofs }: TokenPlacement): boolean => proofs?.store === 'redis';

/**
 * The guard's memory of proofs that were shown (RFC 9449 section 11.1). `path`: of the authentication. Throws `PATTERN_INCOMPLETE` for a Redis that is not
 * named, or not so that a guard could reach it.
 */
export const proofStore = (blueprint: Blueprint, path: string, token: TokenPlacement): StoreConfig => {
  if (!remembersTogether(token)) return ON_EACH_NODE;
  const refuse = (message: string): Problem =>
    new Problem('PATTERN_INCOMPLETE', message, {
      at: blueprint.at(`${path}.token.proofs.url`), expected: 'redis://user:password@host:6379/0, or rediss://…', hint: 'see docs/bound-tokens.md', sensitive: true,
    });
  const stated = token.proofs?.url?.reveal();
  if (stated === undefined) throw refuse('proofs are to be remembered in a Redis that is not named');
  const url = URL.canParse(stated) ? new URL(stated) : undefined;
  const [username, password] = [url?.username, url?.password].map((text) => decoded(text ?? ''));
  const [, database] = /^\/?(\d{0,5})$/.exec(url?.pathname ?? '') ?? [];
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || username === undefined || password === undefined || database === undefined || url.search !== '' || url.hash !== '')
    throw refuse('this is no address of a Redis');
  return {
    dpop_store: 'redis',
    // As the resolver of nginx takes it: an address of IPv6 has brackets, here as there.
    redis_host: url.hostname,
    redis_port: url.port === '' ? 6379 : Number(url.port),
    redis_username: username === '' ? null : username,
    redis_password: password === '' ? null : new Secret(password),
    redis_database: Number(database),
    redis_ssl: url.protocol === 'rediss:',
    redis_ssl_verify: true,
  };
};

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
