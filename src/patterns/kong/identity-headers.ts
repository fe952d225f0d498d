/**
 * Names by which an upstream is told who calls, or what for: only a gateway may set them. HDR sends those that upstreams trust most, the
 * header plugin of Kong Enterprise takes off each, and the token guard (infra/kong/plugins/authctl-token-guard/headers.lua) takes off
 * each and whole families besides: tests hold the three together.
 */

/** Those that Kong itself sets for the upstream. */
export const KONG_HEADERS: readonly string[] = [
  'X-Consumer-ID', 'X-Consumer-Username', 'X-Consumer-Custom-ID', 'X-Consumer-Groups', 'X-Credential-Identifier', 'X-Anonymous-Consumer',
  'X-Authenticated-Groups', 'X-Authenticated-Scope', 'X-Authenticated-Userid',
];
/** Those that other gateways, proxies and frameworks set, and that upstreams trust. */
export const PROXY_HEADERS: readonly string[] = [
  'X-Userinfo', 'X-Access-Token', 'X-ID-Token',
  'X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token',
  'X-Auth-Subject', 'X-Auth-Roles', 'X-User', 'X-User-Id', 'X-Remote-User', 'Remote-User', 'OIDC_CLAIM_sub', 'OIDC_access_token',
];
/** Every name that must not come from a client. The bundled request-transformer takes names alone, so each is one. */
export const IDENTITY_HEADERS: readonly string[] = [
  ...KONG_HEADERS,
  ...PROXY_HEADERS,
  'X-Auth', 'X-UserId', 'X-Username', 'X-Principal', 'X-Subject', 'X-Email', 'X-Role', 'X-Roles', 'X-Group', 'X-Groups', 'X-Scope', 'X-Scopes', 'X-Permissions',
  'X-Authorization', 'Proxy-Authorization', 'X-Refresh-Token', 'X-Bearer-Token', 'X-Introspection', 'X-Decision-Id',
  'X-Forwarded-ID-Token', 'X-Forwarded-Authorization', 'X-Forwarded-Client-Cert', 'Client-Cert', 'Client-Cert-Chain', 'X-Client-Cert', 'X-Forwarded-Tls-Client-Cert', 'X-Forwarded-Tls-Client-Cert-Info', 'X-ARR-ClientCert', 'X-MS-Client-Principal', 'X-Goog-IAP-JWT-Assertion',
  'X-Original-URL', 'X-Original-URI', 'X-Original-Method', 'X-Original-Host', 'X-Rewrite-URL', 'X-Rewrite-URI', 'X-Override-URL',
  'X-HTTP-Method', 'X-HTTP-Method-Override', 'X-Method-Override',
];
