import { acceptance } from './accept.ts';
import { authentication } from './authentication.ts';
import { existingBundle } from './existing-bundle.ts';
import { duration, listOf, named, nameOf, object, oneOf, optional, path, pattern, required, text } from './field.ts';
import type { Schema } from './field.ts';
import { furtherIssuer, issuer } from './issuer.ts';
import { idName, lowerName, rowName, userName } from './names.ts';
import { raw } from './raw.ts';
import { persona, realm } from './realm.ts';
import { decisionForm, service } from './services.ts';
import { targets } from './targets.ts';
import { waiver } from './waivers.ts';

const fieldName = pattern('a name, or several with dots between them, such as user.name', '^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$');
const fieldPlace = text('A place such as `request.method`, `route.params.id` or `token.sub`.', {
  pattern: '^(request|route|object|source|token)(\\.[A-Za-z0-9_-]+)*$',
  title: 'a place in the input, such as request.method or token.sub',
});

export const authorization = object('How requests are authorized.', {
  pattern: oneOf('`none`: scopes and roles at the gateway only. The others ask OPA.', ['none', 'centralised', 'decentralised', 'hybrid'], {
    default: 'none',
  }),
  policy: path('Directory of the Rego files, relative to the file that says so.'),
  bundle: optional(existingBundle),
  decision: text('The decision asked of OPA, for services that name none of their own.', decisionForm),
  roots: listOf('What the bundle owns beside the root of the blueprint\'s name: policies and data below these are the blueprint\'s own, too.', text('A root, such as `envoy/authz`.', {
    pattern: decisionForm.pattern,
    title: 'a root such as envoy/authz',
  }), { default: [] }),
  input: oneOf('In which shape the policy is asked ([policies](policies.md#the-question)): `authctl`, as OPA\'s plugin for Envoy, as Kong Enterprise\'s `opa`, or by `fields`.', ['authctl', 'envoy', 'kong', 'mapping'], {
    default: 'authctl',
  }),
  fields: named('With `input: mapping`: a name in the policy\'s input to the place in authctl\'s own input that has its value.', fieldName, fieldPlace),
  answer: text('The field of an answer that says yes by `true`, where the decision is an object. Default: `allow`; with `input: envoy` `allowed`.', {
    pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
    title: 'a name such as allow',
  }),
  timeout: duration('How long Kong waits for OPA: to connect, and for its answer. Default: `2s`. After that it refuses with 503.', {
    pattern: '^([1-9]|10)s$',
    title: 'from 1s to 10s',
    examples: ['2s'],
  }),
});

/** What a blueprint is made of beside its identity. */
export const sections = {
  manage: oneOf('`none`: authctl only looks, at every target that does not say otherwise, and never writes.', ['all', 'none'], { default: 'all' }),
  targets: required(targets),
  realm,
  issuer: optional(issuer),
  issuers: named('Further issuers, by name. Whose tokens a service takes is said by `services.<id>.issuers`; what a service does not name it refuses ([issuers](issuers.md)).', idName, furtherIssuer),
  authentication,
  authorization,
  services: named('Services by id. Without any, the blueprint is a realm and what stands in `raw`; with one, `authentication` must be stated.', idName, service),
  personas: named('People that checks act as, by username.', userName, persona),
  expect: named(
    'The access matrix: who may use what. What is not listed must be refused; public routes are open to everyone.',
    rowName,
    named('Routes by service.', idName, listOf('Ids of routes that must pass.', text('A route id.'))),
  ),
  accept: listOf('What else is known to be there. Everything within reach that is neither stated nor accepted is told by drift; `authctl accept` writes entries.', acceptance, {
    default: [],
  }),
  waivers: listOf('Checks that are known to fail, and why that is borne. Verify tells of them as waived, and of those whose day is over as failed.', waiver, { default: [] }),
  raw,
};

/** The blueprint as the loader checks it: after `include` and `environments` were merged and references resolved. */
export const blueprint = object('An authctl blueprint.', {
  apiVersion: required(oneOf('Version of this format.', ['authctl/v1'])),
  name: required(nameOf(lowerName(31), 'The ownership mark on every live object.')),
  ...sections,
});

/** What one environment may say: any part of a blueprint, and its name, where two environments share a server. */
export const overlay = object('Laid over the blueprint by --env; `null` removes.', {
  name: nameOf(lowerName(31), 'The ownership mark of this environment, where another one has its objects on the same servers.'),
  ...sections,
});

/** The field at a path; `undefined` where there is none. */
export const fieldAt = (path: readonly string[], within: Schema = blueprint): Schema | undefined => {
  let field: Schema | undefined = within;
  for (const key of path) {
    const inside: Schema | undefined = field?.properties && Object.hasOwn(field.properties, key) ? field.properties[key] : undefined;
    field = inside ?? (typeof field?.additionalProperties === 'object' ? field.additionalProperties : field?.items);
  }
  return field;
};
