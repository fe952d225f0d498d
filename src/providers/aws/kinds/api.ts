import { CreateApiCommand, DeleteApiCommand, DeleteCorsConfigurationCommand, GetApisCommand, TagResourceCommand, UntagResourceCommand, UpdateApiCommand } from '@aws-sdk/client-apigatewayv2';
import type { Api, CreateApiCommandOutput } from '@aws-sdk/client-apigatewayv2';
import { refOf } from '../../../core/resource.ts';
import { Problem } from '../../../core/problem.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Desired, Live } from '../../../core/resource.ts';
import { aws } from '../specs/index.ts';
import type { ApiSpec } from '../specs/index.ts';
import { WAS, formerName, wasTag } from '../former-name.ts';
import { ADOPTED, PAGE, everyPage, isAdopted, isBare, isDoubled, isOurTag, markOf, ownerOf, readView, tagsOf } from '../view.ts';
import type { AwsClient } from '../view.ts';
import { changedFields, heldBy, isEmpty, sent, unlessGone } from './fields.ts';

/** The mark is the tag `authctl`. Its handle is the ApiId. */
export const api = defineKind<AwsClient, ApiSpec, string>()({
  name: aws.api.kind,
  after: [],
  removeAfter: [aws.mapping.kind, aws.stage.kind, aws.route.kind, aws.authorizer.kind, aws.integration.kind],
  immutable: aws.api.immutable,
  list: async ({ name, view }) => {
    const trees = await view(aws.api.kind);
    return trees.map((tree) => {
      const { api: held, id, owner } = tree;
      return {
        kind: aws.api.kind,
        id,
        spec: heldBy(aws.api, { ...held, Tags: tagsOf(held.Tags) }),
        owner,
        ...(isAdopted(held) && { adopted: true }),
        ...(isDoubled(tree, name, trees) && { doubled: true }),
        ref: held.ApiId ?? '',
      };
    });
  },
  put: async ({ name, region, send, ids }, desired, live) => {
    if (live === undefined) {
      const { ProtocolType, Tags, ...fields } = sent(desired.spec);
      const created = await send(new CreateApiCommand({ ...fields, ProtocolType, Tags: { ...Tags, ...markOf(name) } }));
      ids.set(aws.api.address(desired.id), String(created.ApiId));
      if ((created.$metadata.attempts ?? 1) > 1) await removeDoubles({ name, send }, created);
      return;
    }
    const ApiId = refOf(live);
    if (live.owner === undefined) await refuseTaken(send, ApiId, desired);
    // A protocol cannot be changed: the engine makes the API anew.
    const { Tags, CorsConfiguration, ProtocolType: _, ...changes } = changedFields(desired, live);
    if (Tags !== undefined || live.owner !== name)
      await send(new TagResourceCommand({ ResourceArn: arnOf(region, ApiId), Tags: { ...sent(Tags ?? {}), ...markOf(name), ...(live.owner === undefined && adoptedFrom(desired, live)) } }));
    if (CorsConfiguration === null) await send(new DeleteCorsConfigurationCommand({ ApiId }));
    const update = sent({ ...changes, ...(CorsConfiguration && { CorsConfiguration }) });
    if (!isEmpty(update)) await send(new UpdateApiCommand({ ...update, ApiId }));
  },
  remove: ({ send }, live) => unlessGone(send(new DeleteApiCommand({ ApiId: refOf(live) }))),
  release: ({ send, region }, live) => unlessGone(letGo({ send, region }, refOf(live))),
});

/** What is noted on an API that was there before: that it was, and how it was called. */
const adoptedFrom = (desired: Desired<ApiSpec>, live: Live<ApiSpec>): Readonly<Record<string, string>> => {
  const was = desired.spec.Name === live.spec.Name ? undefined : wasTag(live.spec.Name);
  return { [ADOPTED]: 'true', ...(was !== undefined && { [WAS]: was }) };
};

/** Under its own name first: as long as the mark is there, whoever broke off lets go of it again. */
const letGo = async ({ send, region }: Pick<AwsClient, 'region' | 'send'>, ApiId: string): Promise<void> => {
  const tags = (await asItIs(send, ApiId))?.Tags;
  const Name = formerName(tags);
  if (Name !== undefined) await send(new UpdateApiCommand({ ApiId, Name }));
  const TagKeys = Object.keys(tags ?? {}).filter(isOurTag);
  if (TagKeys.length > 0) await send(new UntagResourceCommand({ ResourceArn: arnOf(region, ApiId), TagKeys }));
};

/** Out of the list of all, which every login may read. */
const asItIs = async (send: AwsClient['send'], ApiId: string): Promise<Api | undefined> =>
  (await everyPage((NextToken) => send(new GetApisCommand({ MaxResults: PAGE, NextToken })))).find((one) => one.ApiId === ApiId);

/** What was nobody's may be another blueprint's by now: its mark is not written over. */
const refuseTaken = async (send: AwsClient['send'], ApiId: string, { origin }: Desired): Promise<void> => {
  const owner = ownerOf((await asItIs(send, ApiId)) ?? {});
  if (owner !== undefined) throw new Problem('PLAN_BLOCKED', `the API ${ApiId} was taken over by the blueprint "${owner}" since it was planned`, { at: origin, hint: 'plan again: it shows what is there now' });
};

/**
 * An answer that was lost was asked for again: the first API may be there as well. It has our mark and our name, and nothing in it, since nobody knows
 * its id; one with anything in it is not that one.
 */
const removeDoubles = async ({ name, send }: Pick<AwsClient, 'name' | 'send'>, kept: CreateApiCommandOutput): Promise<void> => {
  const { trees } = await readView({ name, send });
  const doubles = trees.filter((tree) => tree.owner === name && tree.api.Name === kept.Name && tree.api.ApiId !== kept.ApiId && isBare(tree));
  await Promise.all(doubles.map(({ api: { ApiId } }) => unlessGone(send(new DeleteApiCommand({ ApiId })))));
};

export const arnOf = (region: string, ApiId: string): string => {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:apigateway:${region}::/apis/${ApiId}`;
};
