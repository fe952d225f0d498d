/**
 * Headers by which a client could claim an identity, as the gateway's guard takes them off (infra/kong/plugins/authctl-token-guard/headers.lua, which
 * a test holds this to): a policy must not get them, either. A star at the end stands for any rest.
 */
export const IDENTITY_PATTERNS: readonly string[] = [
  'x-consumer-*', 'x-credential-identifier', 'x-anonymous-consumer', 'x-authenticated-*',
  'x-auth', 'x-auth-*', 'x-user', 'x-user-*', 'x-userid', 'x-username', 'x-userinfo', 'x-remote-user', 'remote-user', 'x-webauth-*', 'x-principal',
  'x-subject', 'x-email', 'x-role', 'x-roles', 'x-group', 'x-groups', 'x-scope', 'x-scopes', 'x-permissions', 'x-claim-*', 'x-jwt-*',
  'x-authorization', 'proxy-authorization', 'x-access-token', 'x-id-token', 'x-refresh-token', 'x-token-*', 'x-bearer-token', 'x-introspection',
  'x-forwarded-user', 'x-forwarded-email', 'x-forwarded-groups', 'x-forwarded-preferred-username', 'x-forwarded-access-token',
  'x-forwarded-id-token', 'x-forwarded-authorization',
  'client-cert', 'client-cert-chain', 'x-forwarded-client-cert', 'x-client-cert', 'x-client-cert-*', 'x-ssl-client-*', 'ssl-client-*', 'x-amzn-mtls-*',
  'x-forwarded-tls-client-*', 'x-arr-clientcert', 'cf-client-cert-*',
  'oidc-*', 'x-oidc-*', 'x-amzn-oidc-*', 'x-ms-client-principal', 'x-ms-client-principal-*', 'x-ms-token-*', 'x-goog-authenticated-user-*',
  'x-goog-iap-jwt-assertion', 'cf-access-*', 'x-decision-id',
  'x-original-url', 'x-original-uri', 'x-original-method', 'x-original-host', 'x-rewrite-url', 'x-rewrite-uri', 'x-override-url',
  'x-http-method', 'x-http-method-override', 'x-method-override',
];

/** One that a pattern would take, and that says nothing about who the caller is. */
const HARMLESS = 'x-user-agent';

const exact = new Set(IDENTITY_PATTERNS.filter((name) => !name.endsWith('*')));
const beginnings = IDENTITY_PATTERNS.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));

/** Whether a header of this name, in whatever spelling, claims an identity: upstreams fold everything that is neither letter nor digit alike. */
export const claimsIdentity = (name: string): boolean => {
  const folded = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
  return folded !== HARMLESS && (exact.has(folded) || beginnings.some((beginning) => folded.startsWith(beginning)));
};
