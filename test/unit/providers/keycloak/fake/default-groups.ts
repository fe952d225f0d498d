import type { Ask } from '../recorded/ask.ts';
import type { Resource } from './state.ts';

const requests = async (ask: Ask, R: string): Promise<void> => {
  await ask('POST', `${R}/groups`, { body: { name: 'everybody joins' } });
  await ask('PUT', R, { body: { defaultGroups: ['/everybody joins'] } });
  await ask('GET', R);
  await ask('PUT', R, { body: { defaultGroups: ['/none'] } });
  await ask('PUT', R, { body: { defaultGroups: [] } });
  await ask('GET', R);
};

/** A setting of the realm: its routes are those of the realm. */
export const resource: Resource = { routes: [], bare: { kind: 'keycloak.default-groups', path: '/shop/roles', body: { name: 'no-groups' }, id: 'shop' }, requests };
