import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateApiMappingCommand,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  DeleteCorsConfigurationCommand,
  CreateStageCommand,
  DeleteAccessLogSettingsCommand,
  DeleteApiCommand,
  DeleteApiMappingCommand,
  DeleteAuthorizerCommand,
  DeleteDomainNameCommand,
  DeleteIntegrationCommand,
  DeleteRouteCommand,
  DeleteRouteSettingsCommand,
  DeleteStageCommand,
  GetApiMappingsCommand,
  GetApisCommand,
  GetAuthorizersCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStagesCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApiCommand,
  UpdateApiMappingCommand,
  UpdateAuthorizerCommand,
  UpdateIntegrationCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import type { CreateIntegrationCommandInput, CreateRouteCommandInput, UpdateIntegrationCommandInput, UpdateRouteCommandInput, UpdateStageCommandInput } from '@aws-sdk/client-apigatewayv2';
import type { Effect } from '../../../src/core/resource.ts';

/** Takes back what a hand did. */
export type Undo = () => Promise<unknown>;

export interface AwsRow {
  readonly what: string;
  readonly do: (aws: AwsHands) => Promise<Undo>;
  /** What drift tells of it: its worst effect, and where. `beside`: what else is told, because it came with it. */
  readonly told: { readonly effect: Effect; readonly address: RegExp; readonly beside?: RegExp } | 'silent';
  /** Checks of verify that find it, too. */
  readonly verify?: readonly string[];
}

export interface Place {
  readonly region: string;
  readonly endpoint: string;
  /** Of the blueprint. */
  readonly name?: string;
  readonly upstream: string;
  readonly issuer: string;
  /** The base URL of Keycloak. */
  readonly keycloak?: string;
}

/** What somebody with the account's console can do, in a line each; every one of them says how it is taken back. */
export const awsHands = ({ region, endpoint, name: blueprint = 'parcels', upstream, issuer, keycloak = '' }: Place) => {
  const client = new ApiGatewayV2Client({ region, endpoint, credentials: { accessKeyId: 'by', secretAccessKey: 'hand' } });
  const api = async () => {
    const { Items = [] } = await client.send(new GetApisCommand({ MaxResults: '500' }));
    const found = Items.find(({ Name, Tags }) => Name === blueprint && Tags?.authctl === blueprint);
    if (!found?.ApiId) throw new Error(`there is no API called ${blueprint}`);
    return { ...found, ApiId: found.ApiId };
  };
  const inApi = async <Item>(ask: (ApiId: string) => Promise<{ Items?: Item[] | undefined }>, wanted: (item: Item) => boolean): Promise<Item & { readonly ApiId: string }> => {
    const { ApiId } = await api();
    const item = (await ask(ApiId)).Items?.find(wanted);
    if (item === undefined) throw new Error('it is not there');
    return { ...item, ApiId };
  };
  const route = (key: string) => inApi((ApiId) => client.send(new GetRoutesCommand({ ApiId, MaxResults: '500' })), ({ RouteKey }) => RouteKey === key);
  const integration = (key: string) => inApi((ApiId) => client.send(new GetIntegrationsCommand({ ApiId, MaxResults: '500' })), ({ Description }) => Description === `authctl ${key}`);
  const authorizer = (name: string) => inApi((ApiId) => client.send(new GetAuthorizersCommand({ ApiId, MaxResults: '500' })), ({ Name }) => Name === name);
  const stage = (name = '$default') => inApi((ApiId) => client.send(new GetStagesCommand({ ApiId, MaxResults: '500' })), ({ StageName }) => StageName === name);

  const addIntegration = async (ApiId: string, fields: Partial<CreateIntegrationCommandInput> = {}) =>
    String((await client.send(new CreateIntegrationCommand({ ApiId, IntegrationType: 'HTTP_PROXY', IntegrationMethod: 'ANY', PayloadFormatVersion: '1.0', IntegrationUri: `${upstream}/parcels`, ...fields }))).IntegrationId);

  const hands = {
    client,
    upstream,
    keycloak,
    port: Number(new URL(upstream).port || '443'),
    issuer,
    api,
    changeApi: async (change: Omit<ConstructorParameters<typeof UpdateApiCommand>[0], 'ApiId'>, back: typeof change): Promise<Undo> => {
      const { ApiId } = await api();
      await client.send(new UpdateApiCommand({ ApiId, ...change }));
      return () => client.send(new UpdateApiCommand({ ApiId, ...back }));
    },
    openCors: async (): Promise<Undo> => {
      const { ApiId, CorsConfiguration } = await api();
      await client.send(new UpdateApiCommand({ ApiId, CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'], AllowHeaders: ['*'] } }));
      return () => client.send(new UpdateApiCommand({ ApiId, CorsConfiguration }));
    },
    closeCors: async (): Promise<Undo> => {
      const { ApiId, CorsConfiguration } = await api();
      await client.send(new DeleteCorsConfigurationCommand({ ApiId }));
      return () => client.send(new UpdateApiCommand({ ApiId, CorsConfiguration }));
    },
    changeRoute: async (key: string, change: Partial<UpdateRouteCommandInput>): Promise<Undo> => {
      const { ApiId, RouteId, AuthorizationType, AuthorizerId, AuthorizationScopes = [], OperationName = '', Target } = await route(key);
      await client.send(new UpdateRouteCommand({ ApiId, RouteId, ...change }));
      return () => client.send(new UpdateRouteCommand({ ApiId, RouteId, AuthorizationType, AuthorizerId, AuthorizationScopes, OperationName, Target }));
    },
    integrationOf: (key: string) => integration(key),
    changeIntegration: async (key: string, change: Partial<UpdateIntegrationCommandInput>, back: Partial<UpdateIntegrationCommandInput> = {}): Promise<Undo> => {
      const { ApiId, IntegrationId, IntegrationUri, IntegrationMethod, TimeoutInMillis, PayloadFormatVersion } = await integration(key);
      await client.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, ...change }));
      return () => client.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, IntegrationUri, IntegrationMethod, TimeoutInMillis, PayloadFormatVersion, ...back }));
    },
    changeAuthorizer: async (name: string, change: { readonly Name?: string; readonly Issuer?: string; readonly Audience?: string[]; readonly IdentitySource?: string[] }): Promise<Undo> => {
      const { ApiId, AuthorizerId, Name, JwtConfiguration, IdentitySource } = await authorizer(name);
      const { Name: called = Name, IdentitySource: source = IdentitySource, ...jwt } = change;
      await client.send(new UpdateAuthorizerCommand({ ApiId, AuthorizerId, Name: called, IdentitySource: source, JwtConfiguration: { ...JwtConfiguration, ...jwt } }));
      return () => client.send(new UpdateAuthorizerCommand({ ApiId, AuthorizerId, Name, IdentitySource, JwtConfiguration }));
    },
    changeStage: async (change: Partial<UpdateStageCommandInput>, back?: Undo): Promise<Undo> => {
      const { ApiId, StageName, DefaultRouteSettings, AutoDeploy } = await stage();
      await client.send(new UpdateStageCommand({ ApiId, StageName, ...change }));
      return back ?? (() => client.send(new UpdateStageCommand({ ApiId, StageName, DefaultRouteSettings, AutoDeploy })));
    },
    addStage: async (StageName: string, fields: Partial<UpdateStageCommandInput> = {}): Promise<Undo> => {
      const { ApiId } = await api();
      await client.send(new CreateStageCommand({ ...fields, ApiId, StageName }));
      return () => client.send(new DeleteStageCommand({ ApiId, StageName }));
    },
    /** A route on our API, and an integration of its own. */
    addRoute: async (RouteKey: string, fields: Partial<CreateRouteCommandInput> = {}, to: Partial<CreateIntegrationCommandInput> = {}): Promise<Undo> => {
      const { ApiId } = await api();
      const IntegrationId = await addIntegration(ApiId, to);
      const { RouteId } = await client.send(new CreateRouteCommand({ ApiId, RouteKey, Target: `integrations/${IntegrationId}`, ...fields }));
      return async () => {
        await client.send(new DeleteRouteCommand({ ApiId, RouteId }));
        await client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId }));
      };
    },
    addAuthorizer: async (Name: string, Audience: string[]): Promise<{ readonly AuthorizerId: string; readonly undo: Undo }> => {
      const { ApiId } = await api();
      const { AuthorizerId } = await client.send(new CreateAuthorizerCommand({ ApiId, Name, AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: issuer, Audience } }));
      return { AuthorizerId: String(AuthorizerId), undo: () => client.send(new DeleteAuthorizerCommand({ ApiId, AuthorizerId })) };
    },
    /** An integration of our API that no route leads to, by what a route calls it. */
    addIntegration: async (fields: Partial<CreateIntegrationCommandInput>): Promise<{ readonly Target: string; readonly undo: Undo }> => {
      const { ApiId } = await api();
      const IntegrationId = await addIntegration(ApiId, fields);
      return { Target: `integrations/${IntegrationId}`, undo: () => client.send(new DeleteIntegrationCommand({ ApiId, IntegrationId })) };
    },
    targetOf: async (key: string): Promise<string> => `integrations/${String((await integration(key)).IntegrationId)}`,
    idOf: async (name: string): Promise<string> => String((await authorizer(name)).AuthorizerId),
    /** Somebody else's API with one route to an address, served by one stage. */
    foreignApi: async (
      Name: string,
      IntegrationUri: string,
      { key = 'GET /copy', variables, audience, scopes, tags, unrouted = false, asked = {} }: {
        readonly key?: string; readonly variables?: Record<string, string>; readonly audience?: string | readonly string[]; readonly scopes?: string[]; readonly tags?: Record<string, string>; readonly unrouted?: boolean; readonly asked?: Partial<CreateIntegrationCommandInput>;
      } = {},
    ): Promise<Undo> => {
      const { ApiId = '' } = await client.send(new CreateApiCommand({ Name, ProtocolType: 'HTTP', Tags: tags }));
      const IntegrationId = await addIntegration(ApiId, { IntegrationUri, ...asked });
      const guard = audience === undefined ? undefined : await client.send(new CreateAuthorizerCommand({ ApiId, Name: 'theirs', AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: issuer, Audience: [audience].flat() } }));
      await client.send(new CreateRouteCommand({ ApiId, RouteKey: key, ...(unrouted ? {} : { Target: `integrations/${IntegrationId}` }), ...(guard && { AuthorizationType: 'JWT', AuthorizerId: guard.AuthorizerId, AuthorizationScopes: scopes }) }));
      await client.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true, StageVariables: variables }));
      return () => client.send(new DeleteApiCommand({ ApiId }));
    },
    tag: async (Tags: Record<string, string>): Promise<Undo> => {
      const ResourceArn = `arn:aws:apigateway:${region}::/apis/${(await api()).ApiId}`;
      await client.send(new TagResourceCommand({ ResourceArn, Tags }));
      return () => client.send(new UntagResourceCommand({ ResourceArn, TagKeys: Object.keys(Tags) }));
    },
    /** Our API under another mark, or none. */
    remark: async (name: string | undefined): Promise<Undo> => {
      const ResourceArn = `arn:aws:apigateway:${region}::/apis/${(await api()).ApiId}`;
      await (name === undefined ? client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['authctl'] })) : client.send(new TagResourceCommand({ ResourceArn, Tags: { authctl: name } })));
      return () => client.send(new TagResourceCommand({ ResourceArn, Tags: { authctl: blueprint } }));
    },
    dropRouteSettings: async (RouteKey: string): Promise<void> => {
      const { ApiId } = await api();
      await client.send(new DeleteRouteSettingsCommand({ ApiId, StageName: '$default', RouteKey }));
    },
    dropAccessLog: async (): Promise<void> => {
      const { ApiId } = await api();
      await client.send(new DeleteAccessLogSettingsCommand({ ApiId, StageName: '$default' }));
    },
    deployment: async (): Promise<string> => String((await client.send(new CreateDeploymentCommand({ ApiId: (await api()).ApiId }))).DeploymentId),
    /** Leads a stage to a deployment. */
    serve: async (StageName: string, DeploymentId: string): Promise<Undo> => {
      const { ApiId, DeploymentId: before } = await stage(StageName);
      await client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId }));
      return () => client.send(new UpdateStageCommand({ ApiId, StageName, DeploymentId: before }));
    },
    stageNow: stage,
    served: async (StageName = '$default'): Promise<string | undefined> => (await stage(StageName)).DeploymentId,
    /** A domain that leads nowhere yet. */
    makeDomain: async (DomainName: string): Promise<Undo> => {
      await client.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn: `arn:aws:acm:${region}:000000000000:certificate/1`, EndpointType: 'REGIONAL' }] }));
      return () => client.send(new DeleteDomainNameCommand({ DomainName }));
    },
    /** Leads what a domain has to another stage, or to somebody else's API. */
    remapDomain: async (DomainName: string, { Stage, theirs = false }: { readonly Stage: string; readonly theirs?: boolean }): Promise<Undo> => {
      const [mapping] = (await client.send(new GetApiMappingsCommand({ DomainName }))).Items ?? [];
      if (!mapping) throw new Error(`${DomainName} leads nowhere`);
      const other = theirs ? await hands.foreignApi('elsewhere', 'https://elsewhere.example/') : undefined;
      const { Items = [] } = await client.send(new GetApisCommand({ MaxResults: '500' }));
      const ApiId = theirs ? Items.find(({ Name }) => Name === 'elsewhere')?.ApiId : mapping.ApiId;
      await client.send(new UpdateApiMappingCommand({ DomainName, ApiMappingId: mapping.ApiMappingId, ApiId, Stage }));
      return async () => {
        await client.send(new UpdateApiMappingCommand({ ...mapping, ApiMappingId: mapping.ApiMappingId, DomainName }));
        await other?.();
      };
    },
    mapDomain: async (DomainName: string, toOurs: boolean): Promise<Undo> => {
      const { ApiId } = await api();
      const other = toOurs ? undefined : await hands.foreignApi('elsewhere', 'https://elsewhere.example/');
      const { Items = [] } = await client.send(new GetApisCommand({ MaxResults: '500' }));
      const theirs = Items.find(({ Name }) => Name === 'elsewhere')?.ApiId;
      await client.send(new CreateDomainNameCommand({ DomainName, DomainNameConfigurations: [{ CertificateArn: `arn:aws:acm:${region}:000000000000:certificate/1`, EndpointType: 'REGIONAL' }] }));
      const { ApiMappingId } = await client.send(new CreateApiMappingCommand({ DomainName, ApiId: toOurs ? ApiId : theirs, Stage: '$default', ApiMappingKey: 'v1' }));
      return async () => {
        await client.send(new DeleteApiMappingCommand({ DomainName, ApiMappingId }));
        await client.send(new DeleteDomainNameCommand({ DomainName }));
        await other?.();
      };
    },
  };
  return hands;
};
export type AwsHands = ReturnType<typeof awsHands>;
