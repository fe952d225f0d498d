import { randomUUID } from 'node:crypto';
import type { Answer } from '../../../../../src/providers/http.ts';
import type { Answered, Ask } from '../recorded/ask.ts';
import { answer, conflict, MASK, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, Call, FakeRealm, Resource, Route } from './state.ts';

const FIELDS = ['alias', 'internalId', 'providerId', 'displayName', 'enabled', 'trustEmail', 'storeToken', 'linkOnly', 'hideOnLogin', 'firstBrokerLoginFlowAlias', 'config', 'types', 'organizationId'];
/** Their secrets, which nobody is shown. */
const secrets = new WeakMap<Body, string>();

export const providersOf = (realm: FakeRealm): Body[] => realm.beside.identityProviders;
const held = ({ realm, params }: Call): Body | undefined => providersOf(realm).find(({ alias }) => alias === params.alias);
const missing = (call: Call): Answer | undefined => (held(call) ? undefined : notFound('HTTP 404 Not Found'));
export const secretOf = (provider: Body): string | undefined => secrets.get(provider);

/** What is not given is not there any more; but for the one flag that is on. */
const kept = (provider: Body, { internalId: _own, types: _types, ...body }: Body): void => {
  const known = secrets.get(provider);
  const { clientSecret: secret, ...config } = body.config ?? {};
  if (secret !== undefined && secret !== MASK) secrets.set(provider, secret);
  if (secret === undefined) secrets.delete(provider);
  const shown = secret === undefined || (secret === MASK && known === undefined) ? config : { ...config, clientSecret: MASK };
  const { internalId, types, organizationId } = provider;
  for (const field of Object.keys(provider)) Reflect.deleteProperty(provider, field);
  Object.assign(provider, { internalId, types, enabled: true, ...(organizationId && { organizationId }) }, body, { config: shown });
};

const TYPES: Readonly<Record<string, readonly string[]>> = {
  oidc: ['USER_AUTHENTICATION', 'CLIENT_ASSERTION', 'TRUST_MATERIAL', 'EXCHANGE_EXTERNAL_TOKEN', 'JWT_AUTHORIZATION_GRANT'],
};

const routes: readonly Route[] = [
  ['GET /identity-provider/instances', ({ realm }) => answer(200, providersOf(realm))],
  ['GET /identity-provider/instances/:alias', (call) => missing(call) ?? answer(200, held(call))],
  [
    'POST /identity-provider/instances',
    ({ realm, body }) => {
      onlyKnown(body, FIELDS);
      if (/\s/.test(body.alias)) return answer(400, { error: 'Empty Space not allowed.' });
      if (TYPES[body.providerId] === undefined) return answer(400, { errorMessage: `Invalid identity provider id [${body.providerId}]` });
      if (providersOf(realm).some(({ alias }) => alias === body.alias)) return conflict(`Identity Provider ${body.alias} already exists`);
      const made: Body = { internalId: randomUUID(), types: TYPES[body.providerId] };
      kept(made, body);
      providersOf(realm).push(made);
      return answer(201);
    },
  ],
  [
    'PUT /identity-provider/instances/:alias',
    (call) => {
      onlyKnown(call.body, FIELDS);
      const provider = held(call);
      if (provider === undefined) return notFound('HTTP 404 Not Found');
      if (call.body.alias !== provider.alias) throw new NotImplemented('another alias');
      kept(provider, call.body);
      return answer(204);
    },
  ],
  [
    'DELETE /identity-provider/instances/:alias',
    (call) => {
      const absent = missing(call);
      call.realm.beside.identityProviders = providersOf(call.realm).filter(({ alias }) => alias !== call.params.alias);
      call.realm.beside.identityProviderMappers = (call.realm.beside.identityProviderMappers as Body[]).filter(({ identityProviderAlias }) => identityProviderAlias !== call.params.alias);
      return absent ?? answer(204);
    },
  ],
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/identity-provider/instances`;
  const config = { 'authctl.owner': 'me', clientId: 'x', clientSecret: 'given-secret', authorizationUrl: 'https://idp.test/auth', tokenUrl: 'https://idp.test/token' };
  await ask('POST', all, { body: { alias: 'corp', providerId: 'oidc', displayName: 'Corp', trustEmail: true, linkOnly: false, config } });
  await ask('POST', all, { body: { alias: 'corp', providerId: 'oidc', config } });
  await ask('POST', all, { body: { alias: 'with space', providerId: 'oidc', config } });
  await ask('POST', all, { body: { alias: 'other', providerId: 'no-such-provider', config } });
  const held: Answered = await ask('GET', `${all}/corp`);
  await ask('GET', `${all}/none`);
  // What is not given is off, or gone; a mask leaves the secret as it is.
  await ask('PUT', `${all}/corp`, { body: { alias: 'corp', providerId: 'oidc', config: { ...held.config, 'authctl.owner': 'you' } } });
  await ask('GET', `${all}/corp`);
  await ask('PUT', `${all}/corp`, { body: { ...held, enabled: false, hideOnLogin: true, config: { clientId: 'x', tokenUrl: 'https://idp.test/token', authorizationUrl: 'https://idp.test/auth' } } });
  await ask('GET', `${all}/corp`);
  await ask('PUT', `${all}/none`, { body: { alias: 'none', providerId: 'oidc', config } });
  const mappers = `${all}/corp/mappers`;
  const mapper = { identityProviderAlias: 'corp', identityProviderMapper: 'oidc-hardcoded-role-idp-mapper' };
  await ask('POST', mappers, { body: { ...mapper, name: 'everybody', config: { role: 'plain', 'authctl.owner': 'me' } } });
  await ask('POST', mappers, { body: { ...mapper, name: 'everybody', config: { role: 'plain' } } });
  await ask('POST', mappers, { body: { ...mapper, name: 'bare' } });
  const [bare, everybody] = (await ask('GET', mappers)).toSorted((a: Answered, b: Answered) => (a.name < b.name ? -1 : 1));
  await ask('PUT', `${mappers}/${everybody.id}`, { body: { ...mapper, id: everybody.id, name: 'everybody', config: { role: 'both' } } });
  await ask('GET', mappers);
  await ask('POST', `${R}/partial-export?exportClients=true&exportGroupsAndRoles=true`);
  await ask('DELETE', `${mappers}/${bare.id}`);
  await ask('DELETE', `${mappers}/${bare.id}`);
  await ask('DELETE', `${all}/corp`);
  await ask('DELETE', `${all}/corp`);
};

export const resource: Resource = {
  routes,
  bare: { kind: 'keycloak.identity-provider', path: '/shop/identity-provider/instances', body: { alias: 'bare', providerId: 'oidc', config: {} }, id: 'shop/bare' },
  requests,
};
