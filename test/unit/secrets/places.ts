/** A place of a blueprint in which a secret may stand that is referred to, by whose words; the names of what it is found under. */
export interface Place {
  readonly what: string;
  /** The path in the blueprint. */
  readonly path: readonly string[];
  /** What stands beside it. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** What stands there: `REF` is the reference. A text alone is it. */
  readonly stated?: string;
  /** What the variable gives before it is put there; a made-up word unless stated. */
  readonly gives?: string;
  /** The variable that is referred to, where its name says it. */
  readonly variable?: string;
  /** Kong encrypts what stands there, and takes no text that is in the open. */
  readonly encrypted?: true;
}

const claim = (name: string) => ({ 'claim.name': name, 'jsonType.label': 'String', 'access.token.claim': 'true' });
const scope = ['raw', 'keycloak', 'entities', 'clientScopes', 'partner'];
const log = ['raw', 'kong', 'entities', 'plugins', 'shop.log'];

export const PLACES: readonly Place[] = [
  { what: 'a claim of a scope of its own', path: [...scope, 'protocolMappers', 'key', 'config', 'claim.value'], beside: claim('api_key') },
  { what: 'a claim of a scope of the blueprint', path: ['realm', 'scopes', 'orders:read', 'mappers', 'key', 'config', 'claim.value'], beside: claim('partner.api_key') },
  { what: 'a claim of a client of the blueprint', path: ['realm', 'clients', 'reports', 'mappers', 'key', 'config', 'claim.value'], beside: claim('passphrase') },
  { what: 'a claim of a client, in raw', path: ['raw', 'keycloak', 'clients', 'reports', 'protocolMappers', 'key', 'config', 'claim.value'], beside: claim('shared_key') },
  { what: 'a claim that no name tells, of a variable that is named so', path: ['raw', 'keycloak', 'clients', 'reports', 'protocolMappers', 'key', 'config', 'claim.value'], beside: claim('tier'), variable: 'PARTNER_API_TOKEN' },
  { what: 'an attribute of a SAML mapper', path: [...scope, 'protocolMappers', 'key', 'config', 'attribute.value'], beside: { 'attribute.name': 'api_key' } },
  { what: 'an attribute of a client', path: ['raw', 'keycloak', 'clients', 'reports', 'attributes', 'hmac_key'] },
  { what: 'a setting of the realm', path: ['raw', 'keycloak', 'realm', 'attributes', 'partner.passphrase'] },
  { what: 'an attribute of a role', path: ['raw', 'keycloak', 'entities', 'roles', 'partner', 'attributes', 'api_key'], stated: '[REF]' },
  { what: 'a header of a plugin, by its name', path: [...log, 'config', 'headers', 'x-functions-key'] },
  { what: 'a header of a plugin, as a text', path: [...log, 'config', 'custom', '0'], stated: 'Authorization: Bearer REF' },
  { what: 'a pair of a plugin that only its value tells', path: [...log, 'config', 'add', 'headers', '0'], gives: 'x-partner-key:made-up-abcdef' },
  { what: 'a login in an address', path: [...log, 'config', 'http_endpoint'], stated: 'https://log:REF@logs.example/' },
  { what: 'an address with a key', path: [...log, 'config', 'http_endpoint'], stated: 'https://logs.example/?api_key=REF' },
  { what: 'an address that Kong encrypts', path: [...log, 'config', 'http_endpoint'], encrypted: true },
  { what: 'a field of a plugin that the pattern makes', path: ['raw', 'kong', 'plugins', 'shop.orders.cors', 'aws_key'] },
  { what: 'what API Gateway sends', path: ['raw', 'aws', 'integrations', 'orders.list', 'RequestParameters', 'overwrite:header.x-functions-key'] },
  { what: 'a variable of a stage', path: ['raw', 'aws', 'stages', '$default', 'StageVariables', 'account_key'] },
];
