import { CreateApiMappingCommand, DeleteApiMappingCommand, GetApiMappingsCommand, UpdateApiMappingCommand } from '@aws-sdk/client-apigatewayv2';
import type { ApiMapping } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import { aws } from '../specs/index.ts';
import type { MappingSpec } from '../specs/index.ts';
import { PAGE, everyPage, isAdopted } from '../view.ts';
import type { AwsClient } from '../view.ts';
import { apiOf, idOf, unlessGone } from './fields.ts';

interface MappingRef {
  readonly DomainName: string;
  readonly ApiMappingId: string;
}

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
 * Of the domains that the blueprint names. It has no tags: it belongs to whom the API belongs to that it leads to.
 */
export const mapping = defineKind<AwsClient, MappingSpec, MappingRef>()({
  name: aws.mapping.kind,
  after: [aws.stage.kind],
  removeAfter: [],
  immutable: aws.mapping.immutable,
  list: async (client) => {
    if (client.domains.length === 0) return [];
    const trees = await client.view(aws.mapping.kind);
    const found = await Promise.all(client.domains.map(async (DomainName) => (await mappingsOf(client, DomainName)).map((one) => ({ DomainName, one }))));
    return found.flat().map(({ DomainName, one: { ApiId = '', ApiMappingId = '', ApiMappingKey = '', Stage = '' } }) => {
      const tree = trees.find(({ api }) => api.ApiId === ApiId);
      return {
        kind: aws.mapping.kind,
        // Whoever it leads to, it stands where ours shall be.
        id: aws.mapping.id(client.name, DomainName, ApiMappingKey),
        spec: { DomainName, ApiMappingKey, Api: tree?.id ?? `#${ApiId}`, Stage },
        owner: tree ? tree.owner : client.owners.get(ApiId),
        ...(tree && isAdopted(tree.api) && { adopted: true }),
        ref: { DomainName, ApiMappingId },
      };
    });
  },
  put: async (client, desired, live) => {
    const { DomainName, ApiMappingKey, Stage } = desired.spec;
    const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
    if (live === undefined) await client.send(new CreateApiMappingCommand({ DomainName, ApiMappingKey, ApiId, Stage }));
    else await client.send(new UpdateApiMappingCommand({ ...refOf(live), ApiId, Stage }));
  },
  remove: ({ send }, live) => unlessGone(send(new DeleteApiMappingCommand(refOf(live)))),
});

/** A domain that is not there is a refusal of AWS, told before anything is written. */
const mappingsOf = ({ send }: Pick<AwsClient, 'send'>, DomainName: string): Promise<readonly ApiMapping[]> =>
  everyPage((NextToken) => send(new GetApiMappingsCommand({ DomainName, MaxResults: PAGE, NextToken })));
