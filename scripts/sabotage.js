// Things people do by hand to a live stack. The demonstration and the stack tests break the same things in the same way.
import { ApiGatewayV2Client, GetApisCommand, GetAuthorizersCommand, GetRoutesCommand, UpdateAuthorizerCommand, UpdateRouteCommand } from '@aws-sdk/client-apigatewayv2';
import KcAdminClient from '@keycloak/keycloak-admin-client';

/** @param {Record<string, string>} env the addresses and credentials of the stack @param {string} name the blueprint's name */
export const saboteur = (env, name) => {
  const kong = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body = undefined) => {
    const answer = await fetch(`${env.KONG_ADMIN_URL}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  /** @returns {Promise<any[]>} every plugin, page by page */
  const plugins = async () => {
    const found = [];
    for (let next = '/plugins?size=1000'; next; ) {
      const page = await kong('GET', next);
      found.push(...page.data);
      next = page.next;
    }
    return found;
  };
  const keycloak = async () => {
    const admin = new KcAdminClient({ baseUrl: env.KEYCLOAK_URL, realmName: 'master' });
    await admin.auth({ grantType: 'client_credentials', clientId: 'authctl', clientSecret: env.KEYCLOAK_CLIENT_SECRET });
    admin.setConfig({ realmName: name });
    return admin;
  };
  const aws = async () => {
    const client = new ApiGatewayV2Client({
      region: env.AWS_REGION ?? 'ap-northeast-1',
      endpoint: env.AWS_ENDPOINT,
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? 'test', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? 'test' },
    });
    const { Items = [] } = await client.send(new GetApisCommand({}));
    const api = Items.find((item) => item.Name === name);
    if (!api?.ApiId) throw new Error(`there is no API called ${name}`);
    const { Items: routes = [] } = await client.send(new GetRoutesCommand({ ApiId: api.ApiId }));
    return { client, ApiId: api.ApiId, routes };
  };
  const awsRoute = async (/** @type {string} */ key, /** @type {object} */ change) => {
    const { client, ApiId, routes } = await aws();
    const route = routes.find(({ RouteKey }) => RouteKey === key);
    await client.send(new UpdateRouteCommand({ ApiId, RouteId: route?.RouteId, ...change }));
  };

  return {
    /** Deletes the plugins that `wanted` picks. */
    removePlugins: async (/** @type {(plugin: any) => boolean} */ wanted) => {
      const gone = (await plugins()).filter(wanted);
      for (const { id } of gone) await kong('DELETE', `/plugins/${id}`);
      return gone.length;
    },
    /** Changes the configuration of the plugins that `wanted` picks. */
    patchPlugins: async (/** @type {(plugin: any) => boolean} */ wanted, /** @type {object} */ config) => {
      const found = (await plugins()).filter(wanted);
      for (const { id } of found) await kong('PATCH', `/plugins/${id}`, { config });
      return found.length;
    },
    /** Merges `change` into a client of the realm; attributes are merged one by one. */
    changeClient: async (/** @type {string} */ clientId, /** @type {{ attributes?: Record<string, string> }} */ change) => {
      const admin = await keycloak();
      const [client] = await admin.clients.find({ clientId });
      await admin.clients.update({ id: client?.id ?? '' }, { ...client, ...change, attributes: { ...client?.attributes, ...change.attributes } });
    },
    addRoute: (/** @type {string} */ service, /** @type {object} */ route) => kong('POST', `/services/${service}/routes`, route),
    removeRoute: (/** @type {string} */ route) => kong('DELETE', `/routes/${route}`),
    openRedirect: async (/** @type {string} */ clientId) => {
      const admin = await keycloak();
      const [client] = await admin.clients.find({ clientId });
      await admin.clients.update({ id: client?.id ?? '' }, { ...client, redirectUris: ['*'] });
    },
    removeAudience: async (/** @type {string} */ scope) => {
      const admin = await keycloak();
      const found = await admin.clientScopes.findOneByName({ name: scope });
      const mapper = found?.protocolMappers?.find(({ protocolMapper }) => protocolMapper === 'oidc-audience-mapper');
      await admin.clientScopes.delProtocolMapper({ id: found?.id ?? '', mapperId: mapper?.id ?? '' });
    },
    /** A new active signing key, as an administrator rotates by hand: the one with the highest priority signs. Answers what takes it away again. */
    rotateKey: async (priority = 500) => {
      const admin = await keycloak();
      const realm = await admin.realms.findOne({ realm: name });
      const { id } = await admin.components.create({
        name: `rotated-${Date.now()}`,
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        parentId: realm?.id ?? '',
        config: { priority: [String(priority)], enabled: ['true'], active: ['true'], algorithm: ['RS256'], keySize: ['2048'] },
      });
      return async () => admin.components.del({ id });
    },
    /** Withdraws every key that signed before the last rotation. */
    retireKeys: async () => {
      const admin = await keycloak();
      const keys = (await admin.components.find({ type: 'org.keycloak.keys.KeyProvider' })).filter(({ providerId }) => providerId === 'rsa-generated');
      const priorityOf = (/** @type {(typeof keys)[number]} */ { config }) => Number(config?.priority?.[0] ?? 0);
      const [, ...older] = keys.toSorted((a, b) => priorityOf(b) - priorityOf(a));
      for (const { id } of older) await admin.components.del({ id: id ?? '' });
    },
    removeAuthorizer: (/** @type {string} */ key) => awsRoute(key, { AuthorizationType: 'NONE', AuthorizationScopes: [] }),
    dropAwsScope: (/** @type {string} */ key) => awsRoute(key, { AuthorizationScopes: [] }),
    /** Another issuer or audience for an authorizer. */
    changeAuthorizer: async (/** @type {string} */ authorizer, /** @type {{ Issuer?: string, Audience?: string[] }} */ change) => {
      const { client, ApiId } = await aws();
      const { Items = [] } = await client.send(new GetAuthorizersCommand({ ApiId }));
      const found = Items.find(({ Name }) => Name === authorizer);
      await client.send(
        new UpdateAuthorizerCommand({
          ApiId,
          AuthorizerId: found?.AuthorizerId,
          JwtConfiguration: { ...found?.JwtConfiguration, ...change },
        }),
      );
    },
  };
};
