import { defineSpec, map, number, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations-integrationid.html */
export const integration = defineSpec('aws.integration', {
  always: { Description: text({ about: '`authctl <service>.<route>`: it is known by it, because AWS gives it no name' }) },
  fields: {
    IntegrationType: text<'AWS' | 'AWS_PROXY' | 'HTTP' | 'HTTP_PROXY' | 'MOCK'>({ immutable: true }),
    IntegrationMethod: text({ access: 'what the upstream is asked' }),
    IntegrationUri: text({ access: 'where requests go that the authorizer lets through' }),
    PayloadFormatVersion: text(),
    TimeoutInMillis: number({ default: 30_000 }),
    RequestParameters: map(text(), { default: null, access: 'what the upstream is told' }),
    ConnectionType: text<'INTERNET' | 'VPC_LINK'>({ default: 'INTERNET' }),
  },
  id: (api: string, key: string) => `${api}/${key}`,
});
export type IntegrationSpec = SpecOf<typeof integration>;
