/** Seconds since the epoch, fractions allowed. A test passes its own. */
export type Clock = () => number;

export type Tags = Readonly<Record<string, string>>;

/*
 * The resources as they travel: the member names and shapes of the apigatewayv2 service model. A member that was never
 * set is undefined and is left out of the JSON. Values are replaced, never mutated, so a deployment can hold on to them.
 */

export interface Cors {
  readonly allowCredentials?: boolean | undefined;
  readonly allowHeaders?: readonly string[] | undefined;
  readonly allowMethods?: readonly string[] | undefined;
  readonly allowOrigins?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Seconds, -1 to 86400. */
  readonly maxAge?: number | undefined;
}

export interface Api {
  readonly apiId: string;
  readonly apiEndpoint: string;
  readonly apiKeySelectionExpression: string;
  readonly corsConfiguration?: Cors | undefined;
  /** ISO 8601. */
  readonly createdDate: string;
  readonly description?: string | undefined;
  readonly disableExecuteApiEndpoint: boolean;
  readonly ipAddressType: 'ipv4' | 'dualstack';
  readonly name: string;
  readonly protocolType: 'HTTP';
  readonly routeSelectionExpression: string;
  readonly tags: Tags;
  readonly version?: string | undefined;
}

export interface JwtConfiguration {
  readonly audience: readonly string[];
  readonly issuer: string;
}

export interface Authorizer {
  readonly authorizerId: string;
  readonly authorizerType: 'JWT';
  /** One entry: `$request.header.<name>` or `$request.querystring.<name>`. */
  readonly identitySource: readonly string[];
  readonly jwtConfiguration: JwtConfiguration;
  readonly name: string;
}

export type ParameterMap = Readonly<Record<string, string>>;

export interface Integration {
  readonly connectionType: 'INTERNET' | 'VPC_LINK';
  /** Of a VPC link. */
  readonly connectionId?: string | undefined;
  readonly tlsConfig?: { readonly serverNameToVerify: string } | undefined;
  /** Of a role by which a function is asked. */
  readonly credentialsArn?: string | undefined;
  readonly description?: string | undefined;
  readonly integrationId: string;
  readonly integrationMethod: string;
  readonly integrationType: 'HTTP_PROXY' | 'AWS_PROXY';
  /** A URL, or the ARN of a function; through a VPC link that of a listener or of a service of Cloud Map. */
  readonly integrationUri: string;
  readonly payloadFormatVersion: '1.0' | '2.0';
  readonly requestParameters?: ParameterMap | undefined;
  /** By status code. */
  readonly responseParameters?: Readonly<Record<string, ParameterMap>> | undefined;
  /** 50 to 30000. */
  readonly timeoutInMillis: number;
}

export type AuthorizationType = 'NONE' | 'JWT' | 'AWS_IAM';

export interface Route {
  readonly apiKeyRequired: boolean;
  readonly authorizationScopes?: readonly string[] | undefined;
  readonly authorizationType: AuthorizationType;
  readonly authorizerId?: string | undefined;
  readonly operationName?: string | undefined;
  readonly routeId: string;
  readonly routeKey: string;
  /** `integrations/<id>` */
  readonly target?: string | undefined;
}

export interface RouteSettings {
  readonly detailedMetricsEnabled?: boolean | undefined;
  /** The size of the token bucket. */
  readonly throttlingBurstLimit?: number | undefined;
  /** Requests a second. */
  readonly throttlingRateLimit?: number | undefined;
}

export interface Stage {
  readonly accessLogSettings?: { readonly destinationArn: string; readonly format: string } | undefined;
  readonly autoDeploy: boolean;
  readonly createdDate: string;
  readonly defaultRouteSettings: RouteSettings;
  readonly deploymentId?: string | undefined;
  readonly description?: string | undefined;
  readonly lastDeploymentStatusMessage?: string | undefined;
  readonly lastUpdatedDate: string;
  readonly routeSettings: Readonly<Record<string, RouteSettings>>;
  readonly stageName: string;
  readonly stageVariables: ParameterMap;
  readonly tags: Tags;
}

export interface DomainName {
  readonly apiMappingSelectionExpression: string;
  readonly domainName: string;
  readonly domainNameConfigurations: readonly { readonly endpointType: 'REGIONAL'; readonly domainNameStatus: 'AVAILABLE'; readonly securityPolicy: 'TLS_1_2' }[];
  readonly routingMode: 'API_MAPPING_ONLY';
  readonly tags: Tags;
}

export interface ApiMapping {
  readonly apiId: string;
  readonly apiMappingId: string;
  /** The first segments of a path, without slashes around them; empty for all paths. */
  readonly apiMappingKey: string;
  readonly stage: string;
}

export interface Deployment {
  readonly autoDeployed: boolean;
  readonly createdDate: string;
  readonly deploymentId: string;
  readonly deploymentStatus: 'DEPLOYED';
  readonly description?: string | undefined;
}
