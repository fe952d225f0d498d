import { Document, Scalar, isScalar, visit } from 'yaml';
import type { Blueprint } from '../blueprint/types.ts';
import type { Expansion } from '../core/plan.ts';
import type { Desired, Spec, SpecValue } from '../core/resource.ts';
import { Secret } from '../core/secret.ts';
import { kongName } from '../patterns/objects.ts';
import { specIn, textIn } from './steps.ts';

type Entity = Record<string, unknown>;

/** Fields that the nesting says in decK's format. */
const REFERENCES = ['service', 'route', 'consumer'];

/**
 * The Kong objects as a file for decK (https://developer.konghq.com/deck/reference/entities/): routes and plugins inside their services,
 * credentials inside their consumer, everything under the blueprint's tag so that a sync leaves other people's objects alone. A secret is
 * a reference to a variable that decK reads. `keys` are the credentials made of Keycloak's keys, when they are known.
 */
export const kongDeclarative = (blueprint: Blueprint, { desired, deferred }: Expansion, keys: readonly Desired[] | undefined): string => {
  const mark = `authctl:${blueprint.name}`;
  const all = [...desired, ...(keys ?? [])];
  const of = (kind: string): readonly Desired[] => all.filter((object) => object.kind === kind);
  const plugins = of('kong.plugin');
  const on = (scope: string, name: string): readonly Entity[] =>
    plugins
      .filter(({ spec }) => scopeOf(spec) === scope && textIn(specIn(spec, scope), 'name') === name)
      .map((plugin) => entity(plugin, mark));
  const withPlugins = (own: readonly Entity[]): Entity => (own.length > 0 ? { plugins: own } : {});
  const routes = (service: string): readonly Entity[] =>
    of('kong.route')
      .filter(({ spec }) => textIn(specIn(spec, 'service'), 'name') === service)
      .map((route) => ({ ...entity(route, mark), ...withPlugins(on('route', route.id)) }));
  const globals = plugins.filter(({ spec }) => scopeOf(spec) === undefined).map((plugin) => entity(plugin, mark));

  const document = new Document({
    _format_version: '3.0',
    _info: { select_tags: [mark] },
    services: of('kong.service').map((service) => ({
      ...entity(service, mark),
      ...withPlugins(on('service', service.id)),
      routes: routes(service.id),
    })),
    consumers: of('kong.consumer').map((consumer) => ({ ...entity(consumer, mark), ...credentials(blueprint, consumer, keys, mark) })),
    ...(globals.length > 0 && { plugins: globals }),
  });
  document.commentBefore = [
    ` ${blueprint.name}: Kong's part of ${blueprint.file.replace(/^.*\//, '')}, for decK. Made by "authctl render"; edit the blueprint instead.`,
    ' A DB-less node refuses _info: leave it out there.',
    ...(keys === undefined && deferred.some(({ kind }) => kind === 'kong.jwt_secret')
      ? [
          ' jwt_secrets: the keys of the issuer are not known here, and a sync without them deletes the ones that apply wrote.',
          ' "--jwks <file>" puts them in:',
          ` curl -fsS ${blueprint.issuer}/protocol/openid-connect/certs -o jwks.json`,
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

const scopeOf = (spec: Spec): string | undefined => ['route', 'service', 'consumer'].find((field) => spec[field] != null);

const entity = ({ id, spec }: Desired, mark: string): Entity => ({
  ...Object.fromEntries(
    Object.entries(spec).flatMap(([field, value]) =>
      REFERENCES.includes(field) || value === null ? [] : [[field, plain(value, [id, field])]],
    ),
  ),
  tags: [mark],
});

const credentials = (blueprint: Blueprint, consumer: Desired, keys: readonly Desired[] | undefined, mark: string): Entity => {
  const own = (keys ?? []).filter(({ spec }) => textIn(specIn(spec, 'consumer'), 'username') === consumer.id);
  // decK demands a secret of every JWT credential; Kong looks at it only when the credential's algorithm is an HMAC one.
  const secret = variable([kongName(blueprint, 'issuer'), 'secret']);
  return own.length > 0 ? { jwt_secrets: own.map((key) => ({ ...entity(key, mark), secret })) } : {};
};

const plain = (value: SpecValue, path: readonly string[]): unknown => {
  if (value instanceof Secret) return variable(path);
  if (Array.isArray(value)) return value.map((item: SpecValue, index) => plain(item, [...path, String(index)]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value as Spec).map(([field, item]) => [field, plain(item, [...path, field])]));
  return value;
};

/** decK reads variables whose names begin with DECK_ only. */
const variable = (path: readonly string[]): string =>
  `\${{ env "DECK_${path
    .join('_')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')}" }}`;
