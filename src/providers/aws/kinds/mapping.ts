import { CreateApiMappingCommand, DeleteApiMappingCommand, GetApiMappingsCommand, TagResourceCommand, UntagResourceCommand, UpdateApiMappingCommand } from '@aws-sdk/client-apigatewayv2';
import type { ApiMapping } from '@aws-sdk/client-apigatewayv2';
import { defineKind } from '../../../core/provider.ts';
import { refOf } from '../../../core/resource.ts';
import type { Live } from '../../../core/resource.ts';
import { isMissing } from '../client.ts';
import { mappingTag, markedPlaces, placeText } from '../mapping-marks.ts';
import type { Place } from '../mapping-marks.ts';
import { aws } from '../specs/index.ts';
import type { MappingSpec } from '../specs/index.ts';
import { PAGE, everyPage, isAdopted } from '../view.ts';
import type { AwsClient } from '../view.ts';
import { arnOf } from './api.ts';
import { apiOf, idOf, unlessGone } from './fields.ts';

interface MappingRef {
  readonly DomainName: string;
  /** `undefined`: it was marked, and not made or no longer there. */
  readonly ApiMappingId: string | undefined;
  readonly ApiId: string;
  /** It was made here. */
  readonly marked: boolean;
}

/**
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
 * Of the domains that the blueprint names it belongs to whom the API belongs to that it leads to; of those that it names no more it is ours where our mark
 * stands on the API. A mark is there before its mapping, and goes after it: one alone is what an interrupted run has left, and goes like the rest.
 */
export const mapping = defineKind<AwsClient, MappingSpec, MappingRef>()({
  name: aws.mapping.kind,
  after: [aws.stage.kind],
  removeAfter: [],
  immutable: aws.mapping.immutable,
  list: async (client) => {
    const trees = await client.view(aws.mapping.kind);
    const marks = trees.filter(({ owner }) => owner === client.name).flatMap((tree) => markedPlaces(tree.api.Tags).map((place) => ({ ...place, tree })));
    const stated = new Set(client.domains.map(placeText));
    const named = new Set(client.domains.map(({ domain }) => domain));
    const domains = [...new Set([...named, ...marks.map(({ domain }) => domain)])];
    const found = await Promise.all(domains.map(async (domain) => (await (named.has(domain) ? mappingsOf(client, domain) : mappingsIfThere(client, domain))).map((one) => ({ domain, one }))));
    const mapped = found.flat().flatMap(({ domain, one: { ApiId = '', ApiMappingId, ApiMappingKey: path = '', Stage = '' } }): readonly Live<MappingSpec, MappingRef>[] => {
      const place = { domain, path };
      const marked = marks.some((mark) => mark.tree.api.ApiId === ApiId && placeText(mark) === placeText(place));
      if (!marked && !stated.has(placeText(place))) return [];
      const tree = trees.find(({ api }) => api.ApiId === ApiId);
      return [{
        // Whoever it leads to, it stands where ours shall be.
        ...liveAt(client.name, place, { api: tree?.id ?? `#${ApiId}`, stage: Stage }),
        owner: tree ? tree.owner : client.owners.get(ApiId),
        ...(tree && isAdopted(tree.api) && !marked && { adopted: true }),
        ref: { DomainName: domain, ApiMappingId, ApiId, marked },
      }]; // prettier-ignore
    });
    const there = new Set(mapped.map(({ id }) => id));
    const alone = marks.filter((mark) => !stated.has(placeText(mark)) && !there.has(idAt(client.name, mark)));
    return [
      ...mapped,
      ...alone.map((mark): Live<MappingSpec, MappingRef> => ({
        ...liveAt(client.name, mark, { api: mark.tree.id, stage: '' }),
        owner: client.name,
        ref: { DomainName: mark.domain, ApiMappingId: undefined, ApiId: mark.tree.api.ApiId ?? '', marked: true },
      })),
    ];
  },
  put: async (client, desired, live) => {
    const { DomainName, ApiMappingKey, Stage } = desired.spec;
    const ApiId = idOf(client, aws.api.address(apiOf(desired)), desired);
    if (live === undefined) {
      const [key, value] = mappingTag({ domain: DomainName, path: ApiMappingKey });
      await client.send(new TagResourceCommand({ ResourceArn: arnOf(client.region, ApiId), Tags: { [key]: value } }));
      await client.send(new CreateApiMappingCommand({ DomainName, ApiMappingKey, ApiId, Stage }));
    } else await client.send(new UpdateApiMappingCommand({ DomainName, ApiMappingId: refOf(live).ApiMappingId, ApiId, Stage }));
  },
  remove: async (client, live) => {
    const { DomainName, ApiMappingId, ApiId } = refOf(live);
    // Somebody may have led it elsewhere since it was planned: it is not ours any more then.
    const now = ApiMappingId === undefined ? [] : await mappingsIfThere(client, DomainName);
    if (now.some((one) => one.ApiMappingId === ApiMappingId && one.ApiId === ApiId)) await unlessGone(client.send(new DeleteApiMappingCommand({ DomainName, ApiMappingId })));
    await unmark(client, live);
  },
  release: (client, live) => unmark(client, live),
});

const idAt = (name: string, { domain, path }: Place): string => aws.mapping.id(name, domain, path);
const liveAt = (name: string, place: Place, { api, stage }: { readonly api: string; readonly stage: string }) => ({
  kind: aws.mapping.kind,
  id: idAt(name, place),
  spec: { DomainName: place.domain, ApiMappingKey: place.path, Api: api, Stage: stage },
});

const unmark = async ({ send, region }: AwsClient, live: Live<MappingSpec, MappingRef>): Promise<void> => {
  const { ApiId, marked } = refOf(live);
  if (!marked) return;
  const [key] = mappingTag({ domain: live.spec.DomainName, path: live.spec.ApiMappingKey });
  await unlessGone(send(new UntagResourceCommand({ ResourceArn: arnOf(region, ApiId), TagKeys: [key] })));
};

/** A domain that is not there is a refusal of AWS, told before anything is written. */
const mappingsOf = ({ send }: Pick<AwsClient, 'send'>, DomainName: string): Promise<readonly ApiMapping[]> =>
  everyPage((NextToken) => send(new GetApiMappingsCommand({ DomainName, MaxResults: PAGE, NextToken })));

/** A domain that the blueprint does not name may be gone by now, with what led from it. */
const mappingsIfThere = async (client: Pick<AwsClient, 'send'>, domain: string): Promise<readonly ApiMapping[]> => {
  try {
    return await mappingsOf(client, domain);
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
  }
};
