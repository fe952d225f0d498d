import type { Resource } from './state.ts';

/** Its requests are those of roles. */
export const resource: Resource = { routes: [], bare: { kind: 'keycloak.composite', path: '/shop/roles', body: { name: 'bare-composite' }, id: 'shop/bare-composite' } };
