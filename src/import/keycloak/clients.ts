import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { clientShape } from '../../providers/keycloak/shipped/shape.ts';
import type { ClientRep } from '../../providers/keycloak/representations.ts';
import { EVERYBODYS } from '../../providers/keycloak/specs/composite.ts';
import { CLIENT_SETTINGS } from '../../providers/keycloak/specs/settings.ts';
import { wildcardsIn } from '../../blueprint/checks/wildcards.ts';
import { MASK, variableOf } from '../draft.ts';
import { authorizationLeft, authorizationOf } from './authorization.ts';
import { proofOf } from './client-proof.ts';
import { sayTyped, whyNotTyped } from './typed-clients.ts';
import type { Said } from './typed-clients.ts';
import { ENTITIES, filled, isOwnRole, mappersByName, objectsOf, rolesInScope, same, textsIn } from './common.ts';
import type { Importing } from './common.ts';

/** What a client is that says nothing of it: as an import of a realm makes it, which is not as `POST` of a client does. */
const UNSTATED = { enabled: true, publicClient: false, bearerOnly: false, standardFlowEnabled: true, implicitFlowEnabled: false, directAccessGrantsEnabled: false, serviceAccountsEnabled: false, fullScopeAllowed: true } as const; // prettier-ignore
/** What an entry of `raw.keycloak.entities.clients` is that says nothing of it. */
const CLOSED = { ...UNSTATED, standardFlowEnabled: false, fullScopeAllowed: false } as const;

/** Further fields that an entry takes. */
const FIELDS = [...CLIENT_SETTINGS, 'clientAuthenticatorType'];
/** What says nothing that anybody decided. */
const NOTHING = ['id', 'clientId', 'access', 'origin', 'protocolMappers', 'attributes', 'secret', 'redirectUris', 'webOrigins', 'protocol', 'defaultClientScopes', 'optionalClientScopes', 'registeredNodes', 'registrationAccessToken', 'defaultRoles', 'clientTemplate', 'useTemplateConfig', 'useTemplateScope', 'useTemplateMappers', 'directGrantsOnly']; // prettier-ignore
/** Attributes that Keycloak sets, or that mean nothing. */
const OWN_ATTRIBUTES = /^(authctl\.|client\.secret\.creation\.time$|client\.secret\.expiration\.time$|client\.secret\.rotat|realm_client$|login_settings$)/;

/** By which Keycloak is managed, and what it refuses to be changed. */
const FIXED = 'realm-management';

/** What Keycloak switches on in a client of SAML that is made by itself, and takes for off in one that came with a realm: without these it would ask for signatures that nobody makes. */
const SAML_UNSTATED: Readonly<Record<string, string>> = { 'saml.authnstatement': 'false', 'saml.client.signature': 'false', 'saml.force.post.binding': 'false', 'saml.server.signature': 'false' };

export const sayClients = (importing: Importing): void => {
  const { draft, rep, shipped, realm, exact } = importing;
  for (const stated of objectsOf(rep.clients)) {
    const client = withAccountOf(stated);
    const clientId = textOf(client.clientId);
    if (clientId === undefined || clientId === `${realm}-realm`) continue;
    const usual = shipped.clients[clientId];
    if (clientId === FIXED) {
      if (exact && !same(shapeOf(client, realm), usual)) draft.leave(`client ${clientId}`, 'somebody changed it, or it came so with the realm: Keycloak lets nobody change it where it is made anew');
      continue;
    }
    // A client of Keycloak's own is told where somebody changed it; of another version, where it lets more in.
    if (usual !== undefined && (exact ? same(shapeOf(client, realm), usual) : !opened(client, usual))) continue;
    sayClient(importing, clientId, client);
  }
};

/** Keycloak gives a client with authorization services a service account, whatever the file says of one. */
const withAccountOf = (client: JsonObject): JsonObject => (client.authorizationServicesEnabled === true && client.publicClient !== true && client.bearerOnly !== true ? { ...client, serviceAccountsEnabled: true } : client);

/** An export's client has more in it than the fields that are compared. */
const shapeOf = (client: JsonObject, realm: string): unknown => clientShape(client as unknown as ClientRep, realm);

const opened = (client: JsonObject, usual: JsonObject): boolean =>
  ['implicitFlowEnabled', 'directAccessGrantsEnabled', 'serviceAccountsEnabled'].some((field) => client[field] === true && usual[field] !== true) || textsOf(client.redirectUris).some((uri) => uri.includes('*') && !uri.startsWith('/realms/') && !uri.startsWith('/admin/'));

const sayClient = (importing: Importing, clientId: string, client: JsonObject): void => {
  const { draft, rep, shipped } = importing;
  const flags = Object.keys(UNSTATED).flatMap((field) => {
    const told = client[field] ?? Object.entries(UNSTATED).find(([name]) => name === field)?.[1];
    return told === Object.entries(CLOSED).find(([name]) => name === field)?.[1] ? [] : [[field, told] as const];
  });
  const further = FIELDS.flatMap((field) => (client[field] === undefined || client[field] === null || client[field] === '' || same(client[field], shipped.client[field]) || client[field] === false ? [] : [[field, client[field]] as const]));
  const attributes = Object.entries({ ...(client.protocol === 'saml' ? SAML_UNSTATED : {}), ...textsIn(client.attributes) }).filter(([name, value]) => value !== '' && !OWN_ATTRIBUTES.test(name) && !same(value, objectOf(shipped.client.attributes)[name]));
  // Who states one of the two lists for a new client gets nothing in the other.
  const lists = ['defaultClientScopes', 'optionalClientScopes'] as const;
  const withAccount = client.serviceAccountsEnabled === true;
  const begins = (field: (typeof lists)[number]): readonly string[] => [...textsOf(shipped.client[field]), ...(withAccount && field === 'defaultClientScopes' ? ['service_account'] : [])];
  const listed = lists.some((field) => Array.isArray(client[field]) && !same(client[field], begins(field)));
  const scopes = lists.flatMap((field) => (Array.isArray(client[field]) ? [[field, textsOf(client[field]).filter((name) => isForIt(importing, client, name)).toSorted()] as const] : []));
  const inScope = objectsOf(rep.scopeMappings).filter((one) => one.client === clientId).flatMap((one) => textsOf(one.roles)); // prettier-ignore
  const account = objectsOf(rep.users).find((one) => one.serviceAccountClientId === clientId);
  const accountRoles = textsOf(account?.realmRoles).filter((name) => !name.startsWith('default-roles-') && !EVERYBODYS.includes(name));
  const ofAccount = filled(Object.fromEntries(Object.entries(objectOf(account?.clientRoles)).map(([owner, names]) => [owner, textsOf(names).filter((name) => !isOwnRole(rep, owner, name)).toSorted()])));
  const hasSecret = client.publicClient !== true && client.bearerOnly !== true && textOf(client.secret) !== undefined && client.secret !== '' && client.secret !== MASK;
  const secret = hasSecret ? () => draft.secret(`${variableOf(clientId)}_SECRET`, `client ${clientId}`, client.secret) : undefined;
  const scopeMappings = [...new Set(inScope)].toSorted();
  const beside = { authenticationFlowBindingOverrides: overridesOf(rep, client), protocolMappers: mappersByName(client.protocolMappers), clientScopeMappings: rolesInScope(rep, 'client', clientId), serviceAccountClientRoles: ofAccount };

  const found = { clientId, client: { ...UNSTATED, ...client }, secret, proof: proofOf(client, importing), account, scopes: Object.fromEntries(scopes), scopeMappings, attributes: Object.fromEntries(attributes) };
  const because = whyNotTyped(importing, found);
  if (because.length === 0) warnOf(importing, sayTyped(importing, found, { ...Object.fromEntries(further.filter(([field]) => !(found.proof.proof && field === 'clientAuthenticatorType'))), ...filled(beside) }), client);
  else {
    const path = [...ENTITIES, 'clients', clientId];
    draft.put(path, {
      ...(wildcardsIn(found.client).length > 0 && { insecure: true }),
      ...(client.protocol !== undefined && client.protocol !== 'openid-connect' && { protocol: client.protocol }),
      ...(client.protocol === 'saml' && client.frontchannelLogout === false && { frontchannelLogout: false }),
      ...Object.fromEntries([...further.filter(([field]) => field === 'name' || field === 'description'), ...flags]),
      ...filled({ redirectUris: textsOf(client.redirectUris), webOrigins: textsOf(client.webOrigins) }),
      ...(secret && { secret: secret() }),
      ...Object.fromEntries(further.filter(([field]) => field !== 'name' && field !== 'description')),
      ...(listed && Object.fromEntries(scopes)),
      ...filled({
        authenticationFlowBindingOverrides: beside.authenticationFlowBindingOverrides, attributes: Object.fromEntries(attributes), protocolMappers: beside.protocolMappers, scopeMappings, clientScopeMappings: beside.clientScopeMappings, serviceAccountRoles: accountRoles.toSorted(),
        serviceAccountClientRoles: ofAccount, serviceAccountGroups: textsOf(account?.groups).toSorted(),
      }), // prettier-ignore
      ...authorizationOf(client),
    });
    draft.comment(path, `in Keycloak's words: ${because.join('; ')}`);
    if (client.protocol === undefined || client.protocol === 'openid-connect') warnOf(importing, { path }, client);
  }
  leaveOut(importing, clientId, client, account);
};

/** Keycloak forgets a scope of SAML in a client of OpenID Connect, and the other way round. */
const isForIt = ({ rep, shipped }: Importing, client: JsonObject, name: string): boolean => {
  const protocol = objectsOf(rep.clientScopes).find((one) => one.name === name)?.protocol ?? shipped.scopes[name]?.protocol;
  return protocol === undefined || protocol === (client.protocol ?? 'openid-connect');
};

/** Its own flows, by alias: one without a name in the file is left. */
const overridesOf = (rep: JsonObject, { authenticationFlowBindingOverrides: held }: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(objectOf(held)).flatMap(([kind, id]) => {
      const alias = textOf(objectsOf(rep.authenticationFlows).find((one) => one.id === id)?.alias);
      return alias === undefined || id === '' ? [] : [[kind, alias] as const];
    }),
  );

const leaveOut = (importing: Importing, clientId: string, client: JsonObject, account: JsonObject | undefined): void => {
  const { draft, rep, exact } = importing;
  const address = `client ${clientId}`;
  for (const field of ['defaultClientScopes', 'optionalClientScopes'])
    for (const name of textsOf(client[field])) if (!isForIt(importing, client, name)) draft.leave(`${address}, ${field}`, `${name} is a scope of another protocol, which Keycloak forgets in it`);
  if (exact && account !== undefined && Array.isArray(account.realmRoles) && !textsOf(account.realmRoles).some((name) => name.startsWith('default-roles-'))) draft.leave(`${address}, service account`, 'it has not what every account has (default-roles-…), and one that is made anew does');
  for (const why of authorizationLeft(client)) draft.leave(`${address}, authorizationSettings`, why);
  if (Object.keys(filled(objectOf(client.authenticationFlowBindingOverrides))).length > Object.keys(overridesOf(rep, client)).length) draft.leave(`${address}, authenticationFlowBindingOverrides`, 'flows of its own');
  for (const field of Object.keys(filled(client)))
    if (![...NOTHING, ...FIELDS, ...Object.keys(UNSTATED), 'authorizationSettings', 'authenticationFlowBindingOverrides'].includes(field)) draft.leave(`${address}, ${field}`, 'no field of a client that this version of Keycloak shows');
};

const WEAK = ['access.token.signed.response.alg', 'id.token.signed.response.alg', 'user.info.response.signature.alg', 'request.object.signature.alg', 'token.endpoint.auth.signing.alg'];

/** What nobody should have, with what to do; where it stands. */
const warnOf = ({ draft }: Importing, { path, typed = false }: Said, client: JsonObject): void => {
  if (client.enabled === false || client.bearerOnly === true) return;
  const told = (field: keyof typeof UNSTATED): boolean => (client[field] ?? UNSTATED[field]) === true;
  const attributes = textsIn(client.attributes);
  const wild = textsOf(client.redirectUris).filter((uri) => uri.includes('*'));
  if ((told('standardFlowEnabled') || told('implicitFlowEnabled')) && wild.length > 0)
    draft.warn([...path, 'redirectUris'], `codes are sent to whatever begins with ${wild.map((uri) => uri.slice(0, uri.indexOf('*')) || 'anything').join(', ')}`, 'Name each callback whole, as the application sends it: the access log of Keycloak shows which are used');
  if (textsOf(client.webOrigins).includes('*')) draft.warn([...path, 'webOrigins'], 'pages of every origin may ask for tokens', 'Name the origins');
  else if (textsOf(client.webOrigins).includes('+') && wild.some((uri) => uri.startsWith('*'))) draft.warn([...path, 'webOrigins'], '+ is the origins of the redirect URIs, and these are all', 'Name the origins');
  if (told('directAccessGrantsEnabled')) draft.warn([...path, 'directAccessGrantsEnabled'], 'it takes passwords and changes them into tokens, past every second factor', 'Sign people in by the code flow, services as service accounts, and take the line away');
  if (told('implicitFlowEnabled')) draft.warn([...path, 'implicitFlowEnabled'], 'tokens are put into URLs, and so into logs and histories', 'Use the code flow with PKCE, and take the line away');
  if (told('publicClient') && told('standardFlowEnabled') && attributes['pkce.code.challenge.method'] !== 'S256') draft.warn([...path, typed ? 'attributes' : 'publicClient'], 'a code that is stolen is good for whoever stole it: PKCE is not demanded', typed ? 'Take the line pkce.code.challenge.method away' : 'Add attributes: { pkce.code.challenge.method: S256 }');
  // Keycloak compares by a pattern where nothing is said of it, and every dot in a subject is any letter then.
  if (client.clientAuthenticatorType === 'client-x509' && attributes['x509.allow.regex.pattern.comparison'] !== 'false') draft.warn([...path, 'attributes'], 'the subject of its certificate is a pattern: whoever has one whose subject fits acts as it', 'Add x509.allow.regex.pattern.comparison: "false", with the whole subject as RFC 4514 writes it');
  if (told('fullScopeAllowed') && told('publicClient')) draft.warn([...path, 'fullScopeAllowed'], 'its tokens carry every role of their bearer', 'Say in scopeMappings which it needs, and take the line away');
  for (const name of WEAK.filter((one) => /^(none|HS\d+)$/.test(attributes[one] ?? ''))) draft.warn([...path, 'attributes'], `${name} is ${String(attributes[name])}`, attributes[name] === 'none' ? 'Demand a signature' : 'Choose an algorithm with a public key (RS256, ES256): whoever verifies HS256 can make tokens');
};
