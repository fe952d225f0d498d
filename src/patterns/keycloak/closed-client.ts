import type { ClientSpec } from '../../providers/keycloak/specs/client.ts';

/** A client that signs nobody in and gets no token: what is more is stated beside it. */
export const closedClient = {
  enabled: true,
  protocol: 'openid-connect',
  publicClient: false,
  bearerOnly: false,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  fullScopeAllowed: false,
  redirectUris: [],
  webOrigins: [],
} satisfies ClientSpec;
