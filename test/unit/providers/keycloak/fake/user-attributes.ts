import type { Ask } from '../recorded/ask.ts';
import type { Resource } from './state.ts';

const requests = async (ask: Ask, R: string): Promise<void> => {
  const profile = await ask('GET', `${R}/users/profile`);
  const phone = { name: 'phone', displayName: 'Phone', permissions: { view: ['admin'], edit: ['admin'] }, validations: { length: { max: 20 } }, annotations: { 'authctl.owner': 'me' }, multivalued: false };
  const kept = await ask('PUT', `${R}/users/profile`, { body: { ...profile, attributes: [...profile.attributes, phone] } });
  await ask('GET', `${R}/users/profile`);
  await ask('PUT', `${R}/users/profile`, { body: { ...kept, attributes: profile.attributes } });
};

/** Its routes are those of users. */
export const resource: Resource = {
  routes: [],
  bare: { kind: 'keycloak.user-attribute', path: '/shop/roles', body: { name: 'no-attribute' }, id: 'shop/none' },
  requests,
};
