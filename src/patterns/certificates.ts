import type { Blueprint, TokenPlacement } from '../blueprint/types.ts';
import type { PluginConfig } from '../providers/kong/specs/plugin-config.ts';

/** The guard's part where tokens are bound to a certificate (RFC 8705): Keycloak calls them by no name of their own. */
export const certificateConfig = ({ certificates }: TokenPlacement): PluginConfig<'authctl-token-guard'> => ({
  bound: 'mtls',
  certificate_from: certificates?.from ?? 'tls',
  certificate_header: certificates?.header ?? 'Client-Cert',
  certificate_format: certificates?.format ?? 'rfc9440',
  certificate_proxies: [...(certificates?.proxies ?? [])],
});

/** Where clients show Kong their certificates. */
export const certifiedProxy = ({ targets }: Pick<Blueprint, 'targets'>): string => (targets.kong?.proxy.mtls ?? targets.kong?.proxy.url ?? '').replace(/\/$/, '');
