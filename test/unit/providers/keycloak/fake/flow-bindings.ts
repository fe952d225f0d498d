import type { Resource } from './state.ts';

/** A binding is a setting of the realm: every realm has it, and nobody makes one. */
export const resource: Resource = {
  routes: [],
  bare: { kind: 'keycloak.flow-binding', path: '/shop/authentication/flows', body: { alias: 'bare, to be bound', providerId: 'basic-flow', topLevel: true, builtIn: false }, id: 'shop/browserFlow' },
};
