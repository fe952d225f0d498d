import { endpointsOf } from '../blueprint/issuer.ts';
import { Document, Scalar, isScalar, visit } from 'yaml';
import { CLOSED, issuerName, markOf, tagsOf } from '../providers/kong/specs/marks.ts';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import type { Desired, Spec } from '../core/resource.ts';
import { kong } from '../providers/kong/specs/index.ts';
import { specIn, textIn } from '../core/read-spec.ts';
import { deckVariable, withVariables } from './deck-variables.ts';

type Entity = Record<string, unknown>;

/** Fields that name another entity. */
const SCOPES = ['service', 'route', 'consumer'] as const;
/** The lists that stand by themselves, beside services, consumers, upstreams, certificates and plugins. */
const PLAIN: Readonly<Record<string, string>> = {
  ca_certificates: kong.caCertificate.kind,
  key_sets: kong.keySet.kind,
  keys: kong.key.kind,
  vaults: kong.vault.kind,
};
const CREDENTIALS: Readonly<Record<string, string>> = {
  acls: kong.acl.kind,
  keyauth_credentials: kong.keyAuth.kind,
  basicauth_credentials: kong.basicAuth.kind,
  hmacauth_credentials: kong.hmacAuth.kind,
};

/**
 * The Kong objects as a file for decK (https://developer.konghq.com/deck/reference/entities/): routes and plugins inside their services,
 * credentials inside their consumer, targets inside their upstream, everything under the blueprint's tag so that a sync leaves other
 * people's objects alone. A secret is a reference to a variable that decK reads. `keys` are the credentials made of Keycloak's keys, when
 * they are known. With `closed`, a value that nobody sends, no request is any route: whatever decK writes first, nothing is open before the file without
 * it is synced.
 */
export const kongDeclarative = (blueprint: Blueprint, { desired: stated, deferred }: Expansion, keys: readonly Desired[] | undefined, closed?: string): string => {
  const desired = closed === undefined ? stated : stated.map((object) => (kong.route.is(object) ? shut(object, closed) : object));
  const { name: owner } = blueprint;
  const all = withVariables([...desired, ...(keys ?? [])]);
  const of = (kind: string): readonly Desired[] => all.filter((object) => object.kind === kind);
  const plugins = of(kong.plugin.kind);
  // A plugin that runs where two scopes meet stands by itself, and names both.
  const [single, others] = [plugins.filter(({ spec }) => scopesOf(spec).length === 1), plugins.filter(({ spec }) => scopesOf(spec).length !== 1)];
  const on = (scope: string, name: string): readonly Entity[] =>
    single.filter(({ spec }) => nameIn(spec, scope) === name).map((plugin) => entity(plugin, owner));
  const withPlugins = (own: readonly Entity[]): Entity => (own.length > 0 ? { plugins: own } : {});
  const routesOf = (service: string | undefined): readonly Entity[] =>
    of(kong.route.kind)
      .filter(({ spec }) => nameIn(spec, 'service') === service)
      .map((route) => ({ ...entity(route, owner), ...withPlugins(on('route', route.id)) }));
  const section = (name: string, entities: readonly Entity[]): Entity => (entities.length > 0 ? { [name]: entities } : {});
  const inside = (kind: string, field: string, parent: string): readonly Entity[] =>
    of(kind)
      .filter(({ spec }) => nameIn(spec, field) === parent)
      .map((object) => entity(object, owner, [field]));

  const document = new Document({
    _format_version: '3.0',
    _info: { select_tags: [markOf(owner)] },
    services: of(kong.service.kind).map((service) => ({
      ...entity(service, owner),
      ...withPlugins(on('service', service.id)),
      routes: routesOf(service.id),
    })),
    ...section('routes', routesOf(undefined)),
    consumers: of(kong.consumer.kind).map((consumer) => ({
      ...entity(consumer, owner),
      ...withPlugins(on('consumer', consumer.id)),
      ...credentials(blueprint, consumer, keys && of(kong.jwtSecret.kind), owner),
      ...Object.assign({}, ...Object.entries(CREDENTIALS).map(([list, kind]) => section(list, inside(kind, 'consumer', consumer.id)))),
    })),
    ...section(
      'upstreams',
      of(kong.upstream.kind).map((upstream) => ({
        ...entity(upstream, owner),
        ...section('targets', inside(kong.target.kind, 'upstream', upstream.id)),
      })),
    ),
    ...section(
      'certificates',
      of(kong.certificate.kind).map((certificate) => ({
        ...entity(certificate, owner),
        ...section('snis', inside(kong.sni.kind, 'certificate', String(certificate.spec.id))),
      })),
    ),
    ...Object.assign(
      {},
      ...Object.entries(PLAIN).map(([list, kind]) =>
        section(
          list,
          of(kind).map((object) => entity(object, owner)),
        ),
      ),
    ),
    ...section(
      'plugins',
      others.map((plugin) => ({
        ...entity(plugin, owner),
        ...Object.fromEntries(scopesOf(plugin.spec).map((scope) => [scope, nameIn(plugin.spec, scope)])),
      })),
    ),
  });
  document.commentBefore = [
    ` ${blueprint.name}: Kong's part of ${blueprint.file.replace(/^.*\//, '')}, for decK. Made by "authctl render"; edit the blueprint instead.`,
    ' A DB-less node refuses _info: leave it out there.',
    ...(closed === undefined
      ? [
          ' On a Kong with a database decK makes a route before the plugins on it: a new route may be open for some seconds. Sync the file that --closed',
          ' writes first, wait ten seconds, and then sync this one; "authctl apply" needs no such care.',
        ]
      : [` Every route is closed: it asks for ${CLOSED}, with a value that nobody knows. When this is synced and ten seconds more are over, sync the file without --closed.`]),
    ...(keys === undefined && deferred.some(({ kind }) => kind === kong.jwtSecret.kind)
      ? [
          ' jwt_secrets: the keys of the issuer are not known here, and a sync without them deletes the ones that apply wrote.',
          ' "--jwks <file>" puts them in:',
          blueprint.foreign ? ` they are at the jwks_uri of ${endpointsOf(blueprint).discovery}` : ` curl -fsS ${endpointsOf(blueprint).keys} -o jwks.json`,
        ]
      : []),
  ].join('\n');
  visit(document, {
    Scalar: (_key, node) => {
      // decK replaces the reference in the text before it reads YAML: within single quotes its own quotes need no escape.
      if (isScalar(node) && typeof node.value === 'string' && node.value.startsWith('${{ env ')) node.type = Scalar.QUOTE_SINGLE;
    },
  });
  return document.toString({ lineWidth: 0 });
};

const shut = (route: Desired, closed: string): Desired => {
  const { headers, expression } = route.spec;
  const spec = typeof expression === 'string' ? { expression: `(${expression}) && http.headers.${CLOSED.replaceAll('-', '_')} == "${closed}"` } : { headers: { ...(specIn({ headers: headers ?? {} }, 'headers') ?? {}), [CLOSED]: [closed] } };
  return { ...route, spec: { ...route.spec, ...spec } };
};

const scopesOf = (spec: Spec): readonly string[] => SCOPES.filter((field) => spec[field] != null);

/** What a reference names: a name, a username, or the id of what has no name. */
const nameIn = (spec: Spec, field: string): string | undefined => {
  const reference = specIn(spec, field);
  return textIn(reference, 'name') ?? textIn(reference, 'username') ?? textIn(reference, 'id');
};

/** Fields as decK takes them; `said` are those that the nesting says. */
const entity = (object: Desired, name: string, said: readonly string[] = SCOPES): Entity => ({
  ...Object.fromEntries(
    Object.entries(object.spec).flatMap(([field, value]) =>
      said.includes(field) || value === null ? [] : [[field, value]],
    ),
  ),
  tags: tagsOf(name, object),
});

const credentials = (blueprint: Blueprint, consumer: Desired, keys: readonly Desired[] | undefined, owner: string): Entity => {
  const own = (keys ?? []).filter(({ spec }) => textIn(specIn(spec, 'consumer'), 'username') === consumer.id);
  // decK demands a secret of every JWT credential; Kong looks at it only when the credential's algorithm is an HMAC one.
  const secret = deckVariable([issuerName(blueprint), 'secret']);
  return own.length > 0 ? { jwt_secrets: own.map((key) => ({ ...entity(key, owner), secret })) } : {};
};
