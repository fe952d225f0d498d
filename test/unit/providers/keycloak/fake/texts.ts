import type { Ask } from '../recorded/ask.ts';
import { answer, notFound } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

export const textsOf = (realm: FakeRealm): Record<string, Body> => (realm.beside.localizationTexts ??= {});

const routes: readonly Route[] = [
  ['GET /localization/:locale', ({ realm, params }) => answer(200, textsOf(realm)[params.locale ?? ''] ?? {})],
  [
    'POST /localization/:locale',
    ({ realm, params, body }) => {
      textsOf(realm)[params.locale ?? ''] = { ...textsOf(realm)[params.locale ?? ''], ...body };
      return answer(204);
    },
  ],
  [
    'DELETE /localization/:locale/:name',
    ({ realm, params }) => {
      const held = textsOf(realm)[params.locale ?? ''];
      if (held?.[params.name ?? ''] === undefined) return notFound('Localization text not found');
      Reflect.deleteProperty(held, params.name ?? '');
      return answer(204);
    },
  ],
  [
    'DELETE /localization/:locale',
    ({ realm, params }) => {
      if (textsOf(realm)[params.locale ?? ''] === undefined) return notFound(`No localization texts for locale ${params.locale} found.`);
      Reflect.deleteProperty(textsOf(realm), params.locale ?? '');
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const german = `${R}/localization/de`;
  await ask('GET', german);
  await ask('POST', german, { body: { loginTitle: 'Hallo', 'a b/c': 'x' } });
  await ask('POST', german, { body: { loginTitle: 'Guten Tag' } });
  await ask('GET', german);
  await ask('DELETE', `${german}/a%20b%2Fc`);
  await ask('DELETE', `${german}/none`);
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('DELETE', german);
  await ask('DELETE', german);
};

export const resource: Resource = { routes, bare: { kind: 'keycloak.texts', path: '/shop/roles', body: { name: 'no-texts' }, id: 'shop/none' }, requests };
