import { jwtKeycloak } from './jwt-keycloak.ts';
import { oidc } from './oidc.ts';
import type { CommunityPlugin } from './types.ts';

export type CommunityName = 'jwt-keycloak' | 'oidc';

/** Plugins of the community that people guard services with, each made anew for a gateway: they keep what issuers published. */
export const communityPlugins: Readonly<Record<CommunityName, () => CommunityPlugin>> = { 'jwt-keycloak': jwtKeycloak, oidc };
