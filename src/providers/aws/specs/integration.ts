import { defineSpec, flag, map, number, record, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html */
export const integration = defineSpec('aws.integration', {
  always: { Description: text({ about: '`authctl <service>.<route>`: it is known by it, because AWS gives it no name' }) },
  fields: {
    IntegrationType: text<'AWS' | 'AWS_PROXY' | 'HTTP' | 'HTTP_PROXY' | 'MOCK'>({ access: 'what is asked', about: 'with another one, or another `ConnectionType`, the integration is made anew, and its routes go on to it before the old one is deleted' }),
    IntegrationMethod: text({ access: 'what the upstream is asked' }),
    IntegrationUri: text({ access: 'where requests go that the authorizer lets through' }),
    PayloadFormatVersion: text({ default: '1.0' }),
    TimeoutInMillis: number({ default: 30_000 }),
    RequestParameters: map(text(), { default: null, access: 'what the upstream is told' }),
    ConnectionType: text<'INTERNET' | 'VPC_LINK'>({ default: 'INTERNET', access: 'where requests go' }),
    ConnectionId: text({ default: null, access: 'through which VPC link requests go' }),
    ApiGatewayManaged: flag({ default: false, about: 'made by quick create' }),
    ContentHandlingStrategy: text<'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT'>({ default: null, about: 'for WebSocket APIs, as the next four' }),
    IntegrationResponseSelectionExpression: text({ default: null }),
    PassthroughBehavior: text<'NEVER' | 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES'>({ default: null }),
    RequestTemplates: map(text(), { default: null }),
    TemplateSelectionExpression: text({ default: null }),
    CredentialsArn: text({ default: null, access: 'as whom the upstream is asked', about: 'of a function; one that is there and is not to be is taken out by making the integration anew, as no update does it' }),
    IntegrationId: text({ readOnly: true }),
    IntegrationSubtype: text({ default: null, access: 'what the upstream is asked' }),
    ResponseParameters: map(map(text()), { default: null, access: 'what clients are told', about: 'by status' }),
    TlsConfig: record({ ServerNameToVerify: text({ default: null, access: 'whose certificate is taken' }) }, { default: null }),
  },
  id: (api: string, key: string) => `${api}/${key}`,
});
export type IntegrationSpec = SpecOf<typeof integration>;
