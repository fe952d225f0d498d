import { defineSpec, flag, list, number, record, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers-authorizerid.html */
export const authorizer = defineSpec('aws.authorizer', {
  always: { Name: text({ about: 'the id of the service' }) },
  fields: {
    AuthorizerType: text<'JWT' | 'REQUEST'>({ immutable: true, access: 'what is asked of a token' }),
    IdentitySource: list(text(), { access: 'where the token is read from' }),
    JwtConfiguration: record(
      {
        Issuer: text({ default: null, access: 'whose tokens pass' }),
        Audience: set(text(), { default: [], access: 'tokens for whom pass' }),
      },
      { default: null, access: 'which tokens pass' },
    ),
    AuthorizerCredentialsArn: text({ default: null, about: 'of a Lambda authorizer, as the next five' }),
    AuthorizerId: text({ readOnly: true }),
    AuthorizerPayloadFormatVersion: text({ default: null }),
    AuthorizerResultTtlInSeconds: number({ default: 300, access: 'how long an old answer counts' }),
    AuthorizerUri: text({ default: null, access: 'who decides' }),
    EnableSimpleResponses: flag({ default: false }),
    IdentityValidationExpression: text({ default: null }),
  },
  id: (api: string, name: string) => `${api}/${name}`,
});
export type AuthorizerSpec = SpecOf<typeof authorizer>;
