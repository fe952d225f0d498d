import { ApiGatewayV2Client, GetApisCommand, GetAuthorizersCommand, GetIntegrationsCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';

type Environment = Readonly<Record<string, string>>;
type Row = Readonly<Record<string, unknown>>;

const awsOf = ({ AWS_ENDPOINT: endpoint = '', AWS_REGION: region = 'ap-northeast-1' }: Environment): ApiGatewayV2Client =>
  new ApiGatewayV2Client({ region, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });

/** The API of a blueprint at the stand-in, where there is one. */
const apiOf = async (env: Environment, blueprint: string) => {
  if (env['AWS_ENDPOINT'] === undefined) return [];
  const { Items = [] } = await awsOf(env).send(new GetApisCommand({ MaxResults: '500' }));
  return Items.filter(({ Name }) => Name === blueprint);
};

/** Where its API answers. */
export const apiEndpointOf = async (env: Environment, blueprint: string): Promise<string | undefined> => (await apiOf(env, blueprint))[0]?.ApiEndpoint;

/** What Kong holds, a line each. */
export const kongHeld = async (admin: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const kind of ['services', 'routes', 'plugins', 'consumers', 'upstreams', 'certificates', 'snis']) {
    const { data } = (await (await fetch(`${admin}/${kind}?size=1000`)).json()) as { data: readonly Row[] };
    lines.push(...data.map((row) => `kong ${kind} ${String(row['instance_name'] ?? row['username'] ?? row['name'] ?? row['id'])}`));
  }
  return lines;
};

/** What a realm of Keycloak holds, and what is in the place of logins that has to do with us. */
const keycloakHeld = async ({ KEYCLOAK_URL: keycloak = '', KEYCLOAK_CLIENT_SECRET: secret = '' }: Environment, realm: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  const login = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'authctl', client_secret: secret });
  const { access_token: token } = (await (await fetch(`${keycloak}/realms/master/protocol/openid-connect/token`, { method: 'POST', body: login })).json()) as { access_token: string };
  const listed = async (path: string): Promise<readonly Row[]> => (await (await fetch(`${keycloak}/admin/realms/${path}`, { headers: { authorization: `Bearer ${token}` } })).json()) as readonly Row[];
  for (const [kind, path, field] of [['client', `${realm}/clients`, 'clientId'], ['role', `${realm}/roles`, 'name'], ['scope', `${realm}/client-scopes`, 'name'], ['user', `${realm}/users?max=1000`, 'username'], ['component', `${realm}/components`, 'name'], ['master client', 'master/clients', 'clientId'], ['realm', '', 'realm']] as const)
    for (const row of await listed(path)) {
      lines.push(`keycloak ${kind} ${String(row[field])}`);
      const mappers = (row['protocolMappers'] ?? []) as readonly Row[];
      lines.push(...mappers.map(({ name }) => `keycloak mapper ${String(row[field])} ${String(name)}`));
    }
  return lines;
};

/** What API Gateway holds of a blueprint. */
export const awsHeld = async (env: Environment, blueprint: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for (const { ApiId, Name } of await apiOf(env, blueprint)) {
    lines.push(`aws api ${Name ?? ''}`);
    const of = { ApiId: ApiId ?? '', MaxResults: '500' };
    const client = awsOf(env);
    const [routes, integrations, authorizers] = await Promise.all([client.send(new GetRoutesCommand(of)), client.send(new GetIntegrationsCommand(of)), client.send(new GetAuthorizersCommand(of))]);
    lines.push(...(routes.Items ?? []).map(({ RouteKey }) => `aws route ${RouteKey ?? ''}`));
    lines.push(...(integrations.Items ?? []).map(({ IntegrationUri, IntegrationMethod }) => `aws integration ${IntegrationMethod ?? ''} ${IntegrationUri ?? ''}`));
    lines.push(...(authorizers.Items ?? []).map(({ Name: name }) => `aws authorizer ${name ?? ''}`));
  }
  return lines;
};

/** What all servers hold, a line each, sorted: what is doubled is there twice, and a lock or fixture that was left is seen. */
export const everythingHeld = async (env: Environment, realm: string): Promise<readonly string[]> => {
  const { KONG_ADMIN_URL: kong } = env;
  return [...(kong === undefined ? [] : await kongHeld(kong)), ...(await keycloakHeld(env, realm)), ...(await awsHeld(env, realm))].toSorted();
};
