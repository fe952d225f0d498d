import { isObject, objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ApiFile, ApiRoute, HttpApi, Value } from './model.ts';
import { chosen, lambdaAuthorizer, restApi } from './refused.ts';
import { otherSource, unknown } from './say.ts';

/** `terraform show -json`, of a plan or of what is there. https://developer.hashicorp.com/terraform/internals/json-format */
export const isTerraform = (content: JsonObject): boolean => typeof content.format_version === 'string' && (isObject(content.planned_values) || isObject(content.values));

interface Resource {
  readonly address: string;
  readonly type: string;
  readonly values: JsonObject;
  /** Arguments that Terraform keeps to itself, wholly or in part. */
  readonly hidden: readonly string[];
  /** Addresses that an argument hangs on, by its path in the configuration. */
  readonly references: (...path: readonly string[]) => readonly string[];
}

/** Arguments under other names than API Gateway's own, but for their spelling; and those that Terraform has and AWS has not are not among them. */
const API = ['description', 'disable_execute_api_endpoint', 'cors_configuration', 'ip_address_type', 'version'] as const;
const STAGE = ['auto_deploy', 'default_route_settings', 'stage_variables', 'description', 'access_log_settings'] as const;
const INTEGRATION = ['integration_method', 'connection_type', 'connection_id', 'credentials_arn', 'request_parameters', 'tls_config', 'integration_subtype'] as const;

const pascal = (name: string): string => name.replaceAll(/(^|_)([a-z])/g, (_all, _line, letter: string) => letter.toUpperCase());

/** Arguments by the names of AWS; a block is a list of one in Terraform, and names inside a map are whoever's wrote it. */
const inWordsOfAws = (values: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name): readonly (readonly [string, unknown])[] => {
      const value = values[name];
      if (value == null || value === '') return [];
      const [block] = objectsIn(value);
      const inside = block && Object.fromEntries(Object.entries(block).flatMap(([key, item]) => (item == null || item === '' ? [] : [[pascal(key), item]])));
      return Array.isArray(value) ? (inside ? [[pascal(name), inside]] : []) : [[pascal(name), value]];
    }),
  );

const objectsIn = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** What of it Terraform does not show: `true` stands there in its `sensitive_values`, as deep as that is known. */
const shown = (value: unknown, sensitive: unknown): unknown => {
  if (sensitive === true) return undefined;
  if (Array.isArray(value)) return value.map((item, at) => shown(item, Array.isArray(sensitive) ? sensitive[at] : undefined));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shown(item, objectOf(sensitive)[name])])) : value;
};

const inModule = (module: JsonObject, configuration: JsonObject, prefix = ''): readonly Resource[] => [
  ...objectsIn(module.resources).filter(({ mode }) => mode !== 'data').map((one): Resource => {
    const address = textOf(one.address) ?? '';
    const plain = address.slice(prefix.length).replace(/\[[^\]]*\]$/, '');
    const { expressions } = objectsIn(configuration.resources).find((stated) => stated.address === plain) ?? {};
    return {
      address,
      type: textOf(one.type) ?? '',
      values: objectOf(shown(objectOf(one.values), one.sensitive_values)),
      hidden: Object.entries(objectOf(one.sensitive_values)).flatMap(([name, held]) => (JSON.stringify(held).includes('true') ? [name] : [])),
      references: (...path) => {
        const found = path.reduce<unknown>((above, name) => (Array.isArray(above) ? objectOf(above[0]) : objectOf(above))[name], expressions);
        return textsOf(objectOf(found).references);
      },
    };
  }),
  ...objectsIn(module.child_modules).flatMap((child) => {
    const address = textOf(child.address) ?? '';
    const name = address.slice(prefix.length).replace(/^module\./, '').replace(/\[[^\]]*\]$/, '');
    return inModule(child, objectOf(objectOf(objectOf(configuration.module_calls)[name]).module), `${address}.`);
  }),
];

/** The HTTP API of a plan: by the ids that are known, and by what its configuration refers to where they are not yet. */
export const apiOfTerraform = ({ content, file, at }: ApiFile, name: string | undefined): HttpApi => {
  const root = objectOf(objectOf(content.planned_values ?? content.values).root_module);
  const resources = inModule(root, objectOf(objectOf(content.configuration).root_module));
  const unsaid: { address: string; why: string }[] = [];
  const of = (type: string): readonly Resource[] => resources.filter((one) => one.type === type);
  const apis = of('aws_apigatewayv2_api').filter(({ values }) => values.protocol_type !== 'WEBSOCKET');
  const [rest] = of('aws_api_gateway_rest_api');
  if (apis.length === 0 && rest) throw restApi(rest.address, rest.type, at('planned_values'));
  if (rest) unsaid.push({ address: rest.address, why: 'a REST API, which has no JWT authorizer' });
  const api = chosen(apis.map((one) => ({ name: textOf(one.values.name) ?? one.address, one })), { file, name, at: at('planned_values') });

  /** Whether an argument names this resource: by its id, where both know it, or by its address. */
  const names = (from: Resource, argument: string, to: Resource): boolean => {
    const [held, id] = [textOf(from.values[argument]), textOf(to.values.id)];
    if (held !== undefined && id !== undefined) return held === id || held === `integrations/${id}`;
    const local = to.address.split('.').slice(-2).join('.').replace(/\[[^\]]*\]$/, '');
    return from.references(argument).some((one) => one === local || one.startsWith(`${local}.`) || one.startsWith(`${local}[`));
  };
  const mine = (type: string): readonly Resource[] => of(type).filter((one) => apis.length === 1 || names(one, 'api_id', api));
  const valueOf = (one: Resource, said: unknown, words: string, references: readonly string[]): Value => {
    const text = textOf(said);
    if (text !== undefined) return text;
    const made = unknown(words);
    unsaid.push({ address: one.address, why: `it hangs on ${references[0] ?? 'what is made'}, which only an apply knows: set ${typeof made === 'string' ? made : made.variable}` });
    return made;
  };

  // What an apply alone knows is left out of a plan, in a list it is null; what nobody states is null.
  const later = new Map(objectsIn(content.resource_changes).map((one) => [one.address, objectOf(objectOf(one.change).after_unknown)]));
  const isKnown = (one: Resource, argument: string): boolean => {
    const value = one.values[argument];
    if (Array.isArray(value)) return value.every((item) => typeof item === 'string');
    return value !== undefined || (one.references(argument).length === 0 && !one.hidden.includes(argument) && !later.get(one.address)?.[argument]);
  };
  for (const { address, hidden } of [api, ...['aws_apigatewayv2_authorizer', 'aws_apigatewayv2_integration', 'aws_apigatewayv2_route', 'aws_apigatewayv2_stage'].flatMap(mine)])
    if (hidden.length > 0) unsaid.push({ address, why: `Terraform keeps it to itself: ${hidden.join(', ')}` });
  const authorizers = mine('aws_apigatewayv2_authorizer').map((one) => {
    if (one.values.authorizer_type !== 'JWT') throw lambdaAuthorizer(one.address, at('planned_values'));
    const elsewhere = otherSource(textsOf(one.values.identity_sources));
    if (elsewhere !== undefined) unsaid.push({ address: one.address, why: elsewhere });
    const [jwt = {}] = objectsIn(one.values.jwt_configuration);
    const [issuers, audiences] = [one.references('jwt_configuration', 'issuer'), one.references('jwt_configuration', 'audience')];
    const audience = textsOf(jwt.audience);
    return {
      name: one.address,
      called: textOf(one.values.name),
      issuer: valueOf(one, jwt.issuer, issuers.some((name) => name.includes('aws_cognito')) ? 'COGNITO_ISSUER' : 'ISSUER_URL', issuers),
      audience: audience.length > 0 ? audience : audiences.some((name) => name.includes('aws_cognito_user_pool_client')) ? [...new Set(audiences.map((name) => name.replace(/\.(id|client_id)$/, '')))].map((name) => valueOf(one, undefined, `${name.split('.').at(-1) ?? 'client'}_CLIENT_ID`, [name])) : audience,
    };
  });
  const integrations = mine('aws_apigatewayv2_integration');
  const routes = mine('aws_apigatewayv2_route').map((one): ApiRoute => {
    const authorizer = mine('aws_apigatewayv2_authorizer').find((to) => names(one, 'authorizer_id', to));
    const open = ['authorization_type', 'authorization_scopes'].filter((argument) => !isKnown(one, argument));
    const to = integrations.find((integration) => names(one, 'target', integration));
    return {
      key: textOf(one.values.route_key) ?? one.address,
      authorization: textOf(one.values.authorization_type) ?? 'NONE',
      authorizer: authorizer?.address,
      scopes: textsOf(one.values.authorization_scopes).toSorted(),
      ...(open.length > 0 && { unread: `whom it lets in is not known before an apply: ${open.flatMap((argument) => one.references(argument)[0] ?? argument).join(' and ')}` }),
      integration: to && {
        type: textOf(to.values.integration_type) ?? '',
        uri: valueOf(to, to.values.integration_uri, `${to.address.split('.').at(-1) ?? 'upstream'}_${to.values.integration_type === 'AWS_PROXY' ? 'ARN' : 'URL'}`, to.references('integration_uri')),
        payload: textOf(to.values.payload_format_version) ?? '1.0',
        ...(typeof to.values.timeout_milliseconds === 'number' && { timeout: to.values.timeout_milliseconds }),
        fields: inWordsOfAws(to.values, INTEGRATION),
      },
    };
  });
  const origins = objectsIn(api.values.cors_configuration).flatMap(({ allow_origins: allowed }) => textsOf(allowed));
  const exact = origins.every((origin) => /^https?:\/\/[^/*]+$/.test(origin));
  if (origins.length > 0) unsaid.push({ address: `${api.address}.cors_configuration`, why: exact ? 'methods and headers follow from the routes: read what plan says of them' : 'a blueprint names each origin: say those of your pages under authentication.origins' });
  const stages = mine('aws_apigatewayv2_stage').flatMap(({ values }) => (textOf(values.name) === undefined ? [] : [[String(values.name), inWordsOfAws(values, STAGE)] as const]));
  return {
    name: textOf(api.values.name) ?? 'api', authorizers, routes, origins: exact ? origins : [], stages: stages.map(([name]) => name),
    found: { api: inWordsOfAws(api.values, API), stages: Object.fromEntries(stages) }, unsaid,
  }; // prettier-ignore
};
