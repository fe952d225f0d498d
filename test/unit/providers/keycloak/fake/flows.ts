import { randomUUID } from 'node:crypto';
import type { Ask } from '../recorded/ask.ts';
import { answer, conflict, MASK, notFound, NotImplemented, onlyKnown } from './state.ts';
import type { Body, FakeRealm, Resource, Route } from './state.ts';

const FLOW_FIELDS = ['id', 'alias', 'description', 'providerId', 'topLevel', 'builtIn'];
const STEP_FIELDS = ['id', 'parentFlow', 'flowId', 'authenticator', 'authenticatorFlow', 'requirement', 'priority'];
/** The fields that an authenticator declares: what else is in its configuration is hidden. */
const DECLARED: Readonly<Record<string, readonly string[]>> = {
  'conditional-level-of-authentication': ['loa-condition-level', 'loa-max-age'],
  'idp-review-profile': ['update.profile.on.first.login'],
  'registration-recaptcha-action': ['site.key'],
};
const AUTHENTICATORS: Readonly<Record<string, readonly string[]>> = {
  'authenticator-providers': [
    'auth-cookie', 'auth-username-password-form', 'auth-otp-form', 'identity-provider-redirector', 'conditional-user-configured', 'conditional-level-of-authentication', 'idp-create-user-if-unique', 'idp-review-profile', 'allow-access-authenticator',
  ],
  'client-authenticator-providers': ['client-secret'],
  'form-action-providers': ['registration-user-creation', 'registration-recaptcha-action'],
  'form-providers': ['registration-page-form'],
}; // prettier-ignore
const KNOWN = new Set(Object.values(AUTHENTICATORS).flat());

export const flowsOf = (realm: FakeRealm): Body[] => realm.beside.authenticationFlows;
export const configsOf = (realm: FakeRealm): Body[] => realm.beside.authenticatorConfig;
const ids = new WeakMap<Body, string>();
/** A step by its id, which an export does not show. */
const stepOf = (realm: FakeRealm, id: string): Body | undefined => flowsOf(realm).flatMap(({ authenticationExecutions: steps }) => steps as Body[]).find((step) => ids.get(step) === id);
const flowOf = (realm: FakeRealm, id: string): Body | undefined => flowsOf(realm).find((one) => one.id === id);
/** What is there is called as it is now, wherever it is named. */
const renamed = (realm: FakeRealm, field: 'flowAlias' | 'authenticatorConfig', from: string, to: string): void => {
  for (const step of flowsOf(realm).flatMap(({ authenticationExecutions: steps }) => steps as Body[])) if (step[field] === from) step[field] = to;
};
const BOUND = ['browserFlow', 'registrationFlow', 'directGrantFlow', 'resetCredentialsFlow', 'clientAuthenticationFlow', 'dockerAuthenticationFlow', 'firstBrokerLoginFlow'];
const BY_PROVIDERS = ['firstBrokerLoginFlowAlias', 'postBrokerLoginFlowAlias'];

const isUsed = (realm: FakeRealm, { id, alias }: Body): boolean =>
  BOUND.some((field) => realm.rep[field] === alias) ||
  realm.clients.some(({ authenticationFlowBindingOverrides: overrides = {} }) => Object.values<string>(overrides).includes(id)) ||
  (realm.beside.identityProviders as Body[]).some((one) => BY_PROVIDERS.some((field) => one[field] === alias));
const broken = (): ReturnType<typeof answer> => answer(500, { error: 'unknown_error', error_description: 'For more on this error consult the server log.' });

const dropped = (realm: FakeRealm, flow: Body): void => {
  flowsOf(realm).splice(flowsOf(realm).indexOf(flow), 1);
  for (const { flowAlias, authenticatorConfig } of flow.authenticationExecutions as Body[]) {
    const inside = flowsOf(realm).find(({ alias }) => alias === flowAlias);
    if (inside) dropped(realm, inside);
    const config = configsOf(realm).findIndex(({ alias }) => alias === authenticatorConfig);
    if (config >= 0) configsOf(realm).splice(config, 1);
  }
};

/** A configuration as it is shown. */
const hidden = (realm: FakeRealm, { alias }: Body, config: Body): Body => {
  const step = flowsOf(realm).flatMap(({ authenticationExecutions: steps }) => steps as Body[]).find((one) => one.authenticatorConfig === alias);
  const declared = DECLARED[step?.authenticator];
  if (declared === undefined) throw new NotImplemented(`a configuration of ${String(step?.authenticator)}`);
  return Object.fromEntries(Object.entries(config).map(([field, value]) => [field, declared.includes(field) ? value : MASK]));
};

const routes: readonly Route[] = [
  ['GET /authentication/flows', ({ realm }) => answer(200, flowsOf(realm).filter(({ topLevel }) => topLevel))],
  [
    'GET /authentication/flows/:id',
    ({ realm, params }) => {
      const held = flowOf(realm, params.id ?? '');
      return held === undefined ? notFound('Could not find flow with id') : answer(200, held);
    },
  ],
  [
    'POST /authentication/flows',
    ({ realm, body }) => {
      onlyKnown(body, FLOW_FIELDS);
      if (flowsOf(realm).some(({ alias }) => alias === body.alias)) return conflict(`Flow ${body.alias} already exists`);
      if (body.id !== undefined && flowOf(realm, body.id)) return answer(409, { error: 'conflict', error_description: 'Duplicate resource error' });
      flowsOf(realm).push({ id: randomUUID(), description: '', ...body, authenticationExecutions: [] });
      return answer(201);
    },
  ],
  [
    'PUT /authentication/flows/:id',
    ({ realm, params, body }) => {
      onlyKnown(body, FLOW_FIELDS);
      const held = flowOf(realm, params.id ?? '');
      if (held === undefined) return notFound('Could not find flow with id');
      if (held.alias !== body.alias && flowsOf(realm).some(({ alias }) => alias === body.alias)) return conflict('Flow alias name already exists');
      renamed(realm, 'flowAlias', held.alias, body.alias);
      for (const field of BOUND) if (realm.rep[field] === held.alias) realm.rep[field] = body.alias;
      for (const one of realm.beside.identityProviders as Body[]) for (const field of BY_PROVIDERS) if (one[field] === held.alias) one[field] = body.alias;
      Object.assign(held, { alias: body.alias, description: body.description });
      if (body.description === undefined) Reflect.deleteProperty(held, 'description');
      return answer(204);
    },
  ],
  [
    'DELETE /authentication/flows/:id',
    ({ realm, params }) => {
      const held = flowOf(realm, params.id ?? '');
      if (held === undefined) return notFound('Flow not found');
      if (held.builtIn) return answer(400, { error: "Can't delete built in flow" });
      if (isUsed(realm, held)) return broken();
      dropped(realm, held);
      return answer(204);
    },
  ],
  [
    'POST /authentication/executions',
    ({ realm, body }) => {
      onlyKnown(body, STEP_FIELDS);
      const { id = randomUUID(), parentFlow, flowId, authenticator, authenticatorFlow, requirement, priority } = body;
      if (authenticator !== undefined && !KNOWN.has(authenticator)) return answer(400, { error: `No authentication provider found for id: ${authenticator}` });
      const above = flowOf(realm, parentFlow);
      if (above === undefined) return answer(400, { error: "Parent flow doesn't exist" });
      const inside = flowId === undefined ? undefined : flowOf(realm, flowId);
      const step: Body = { ...(authenticator !== undefined && { authenticator }), authenticatorFlow, requirement, priority, autheticatorFlow: authenticatorFlow, ...(inside && { flowAlias: inside.alias }), userSetupAllowed: false };
      ids.set(step, id);
      above.authenticationExecutions.push(step);
      above.authenticationExecutions.sort((a: Body, b: Body) => a.priority - b.priority);
      return answer(201);
    },
  ],
  [
    'POST /authentication/executions/:id/config',
    ({ realm, params, body }) => {
      onlyKnown(body, ['id', 'alias', 'config']);
      const step = stepOf(realm, params.id ?? '');
      if (step === undefined) return notFound('Illegal execution');
      if (configsOf(realm).some(({ alias }) => alias === body.alias)) return conflict(`Authentication execution configuration ${body.alias} already exists`);
      step.authenticatorConfig = body.alias;
      configsOf(realm).push({ id: body.id ?? randomUUID(), alias: body.alias, config: hidden(realm, body, body.config) });
      return answer(201);
    },
  ],
  [
    'PUT /authentication/config/:id',
    ({ realm, params, body }) => {
      onlyKnown(body, ['id', 'alias', 'config']);
      const held = configsOf(realm).find(({ id }) => id === params.id);
      if (held === undefined) return notFound('Could not find authenticator config');
      renamed(realm, 'authenticatorConfig', held.alias, body.alias);
      held.alias = body.alias;
      held.config = hidden(realm, body, body.config);
      return answer(204);
    },
  ],
  [
    'GET /authentication/config/:id',
    ({ realm, params }) => {
      const held = configsOf(realm).find(({ id }) => id === params.id);
      return held === undefined ? notFound('Could not find authenticator config') : answer(200, held);
    },
  ],
  ...Object.entries(AUTHENTICATORS).map(([list, known]): Route => [`GET /authentication/${list}`, () => answer(200, known.map((id) => ({ id })))]),
];

const requests = async (ask: Ask, R: string): Promise<void> => {
  const all = `${R}/authentication`;
  const [top, inside, step, form, config, other] = [1, 2, 3, 4, 5, 6].map((at) => `0f107000-0000-8000-8000-00000000000${at}`);
  const flow = { id: top, alias: 'made', description: 'made by hand', providerId: 'basic-flow', topLevel: true, builtIn: false };
  await ask('POST', `${all}/flows`, { body: flow });
  await ask('POST', `${all}/flows`, { body: flow });
  await ask('POST', `${all}/flows`, { body: { ...flow, alias: 'with an id that is taken' } });
  await ask('POST', `${all}/flows`, { body: { id: inside, alias: 'made inside', providerId: 'basic-flow', topLevel: false, builtIn: false } });
  await ask('POST', `${all}/executions`, { body: { id: form, parentFlow: top, flowId: inside, authenticatorFlow: true, requirement: 'ALTERNATIVE', priority: 20 } });
  await ask('POST', `${all}/executions`, { body: { parentFlow: top, authenticator: 'auth-cookie', authenticatorFlow: false, requirement: 'ALTERNATIVE', priority: 10 } });
  await ask('POST', `${all}/executions`, { body: { id: step, parentFlow: inside, authenticator: 'idp-review-profile', authenticatorFlow: false, requirement: 'REQUIRED', priority: 10 } });
  await ask('POST', `${all}/executions`, { body: { parentFlow: inside, authenticator: 'no-such-authenticator', authenticatorFlow: false, requirement: 'REQUIRED', priority: 20 } });
  await ask('POST', `${all}/executions/${step}/config`, { body: { id: config, alias: 'made settings', config: { 'update.profile.on.first.login': 'missing', undeclared: 'hidden' } } });
  await ask('POST', `${all}/executions`, { body: { id: other, parentFlow: inside, authenticator: 'idp-create-user-if-unique', authenticatorFlow: false, requirement: 'DISABLED', priority: 30 } });
  await ask('POST', `${all}/executions/${other}/config`, { body: { alias: 'made settings', config: {} } });
  await ask('GET', `${all}/flows/${inside}`);
  await ask('GET', `${all}/config/${config}`);
  await ask('PUT', `${all}/config/${config}`, { body: { id: config, alias: 'other settings', config: { 'update.profile.on.first.login': 'off' } } });
  await ask('GET', `${all}/config/${config}`);
  await ask('PUT', `${all}/flows/${inside}`, { body: { id: inside, alias: 'renamed inside', providerId: 'basic-flow', topLevel: false, builtIn: false } });
  await ask('PUT', `${all}/flows/${top}`, { body: { ...flow, alias: 'renamed', description: 'renamed by hand' } });
  await ask('PUT', `${all}/flows/${top}`, { body: { ...flow, alias: 'browser' } });
  await ask('PUT', `${all}/flows/${randomUUID()}`, { body: { ...flow, id: randomUUID(), alias: 'none' } });
  await ask('GET', `${all}/flows/${top}`);
  await ask('GET', `${all}/flows/${inside}`);
  await ask('PUT', `${all}/config/${randomUUID()}`, { body: { alias: 'none', config: {} } });
  const [client] = await ask('GET', `${R}/clients?clientId=bare`);
  // Overrides are merged, and an empty text takes away.
  for (const overrides of [{ browser: top }, { direct_grant: top }, { browser: '' }]) {
    await ask('PUT', `${R}/clients/${client.id}`, { body: { clientId: 'bare', authenticationFlowBindingOverrides: overrides } });
    await ask('GET', `${R}/clients?clientId=bare`);
  }
  await ask('DELETE', `${all}/flows/${top}`);
  await ask('PUT', `${R}/clients/${client.id}`, { body: { clientId: 'bare', authenticationFlowBindingOverrides: { direct_grant: '' } } });
  await ask('POST', `${R}/clients`, { body: { clientId: 'with a flow', protocol: 'openid-connect', publicClient: true, authenticationFlowBindingOverrides: { browser: top } } });
  const [made] = await ask('GET', `${R}/clients?clientId=with%20a%20flow`);
  await ask('DELETE', `${R}/clients/${made.id}`);
  await ask('PUT', R, { body: { realm: R.slice(1), browserFlow: 'renamed' } });
  await ask('DELETE', `${all}/flows/${top}`);
  await ask('PUT', R, { body: { realm: R.slice(1), browserFlow: 'browser' } });
  await ask('DELETE', `${all}/flows/${top}`);
  await ask('DELETE', `${all}/flows/${top}`);
  // What is in it goes with it.
  await ask('GET', `${all}/flows/${inside}`);
  await ask('GET', `${all}/config/${config}`);
};

export const resource: Resource = {
  routes,
  requests,
  bare: { kind: 'keycloak.flow', path: '/shop/authentication/flows', body: { alias: 'bare', providerId: 'basic-flow', topLevel: true, builtIn: false }, id: 'shop/bare' },
};
