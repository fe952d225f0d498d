import type { Answered, Ask } from '../recorded/ask.ts';
import { answer, notFound, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

const FIELDS = ['alias', 'name', 'providerId', 'enabled', 'defaultAction', 'priority', 'config'];
export const actionsOf = (realm: FakeRealm): Body[] => realm.beside.requiredActions;
const held = ({ realm, params }: Call): Body | undefined => actionsOf(realm).find(({ alias }) => alias === params.alias);
const missing = (): ReturnType<typeof notFound> => notFound('Failed to find required action');

const routes: readonly Route[] = [
  ['GET /authentication/required-actions/:alias', (call) => (held(call) ? answer(200, held(call)) : missing())],
  [
    'PUT /authentication/required-actions/:alias',
    (call) => {
      onlyKnown(call.body, FIELDS);
      const action = held(call);
      if (action === undefined) return missing();
      for (const field of Object.keys(action)) Reflect.deleteProperty(action, field);
      Object.assign(action, { enabled: true, defaultAction: false, priority: 0 }, call.body);
      return answer(204);
    },
  ],
  [
    'POST /authentication/register-required-action',
    ({ realm, body }) => {
      onlyKnown(body, ['providerId', 'name']);
      actionsOf(realm).push({ alias: body.providerId, name: body.name, providerId: body.providerId, enabled: true, defaultAction: false, priority: 1001, config: {} });
      return answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/authentication/required-actions`;
  for (const alias of ['CONFIGURE_TOTP', 'UPDATE_PASSWORD', 'TERMS_AND_CONDITIONS']) {
    const action: Answered = await ask('GET', `${all}/${alias}`);
    // Its configuration is kept, whatever it is.
    await ask('PUT', `${all}/${alias}`, { body: { ...action, enabled: true, defaultAction: true, config: { 'authctl.owner': 'me' } } });
    await ask('GET', `${all}/${alias}`);
    await ask('PUT', `${all}/${alias}`, { body: action });
    await ask('GET', `${all}/${alias}`);
  }
  await ask('GET', `${all}/none`);
  await ask('PUT', `${all}/none`, { body: { alias: 'none', enabled: true } });
};

/** Keycloak ships all that it knows: another is made where one was taken away. */
export const resource: Resource = {
  routes,
  bare: { kind: 'keycloak.required-action', path: '/shop/authentication/register-required-action', body: { providerId: 'bare', name: 'Bare' }, id: 'shop/bare' },
  requests,
};
