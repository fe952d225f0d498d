import { defineSpec, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';

/** https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings-apimappingid.html */
export const mapping = defineSpec('aws.mapping', {
  always: {
    DomainName: text({ immutable: true, about: 'a custom domain name, which stands already' }),
    ApiMappingKey: text({ immutable: true, access: 'which requests to the domain become this API', about: 'the first segments of their paths; none: all' }),
    Api: text({ access: 'whose routes they meet', about: 'by its name; AWS has its id' }),
    Stage: text({ access: 'which of its stages they meet' }),
  },
  fields: {
    ApiId: text({ readOnly: true }),
    ApiMappingId: text({ readOnly: true }),
  },
  id: (api: string, domain: string, path: string) => `${api}/${domain}/${path}`,
});
export type MappingSpec = SpecOf<typeof mapping>;
