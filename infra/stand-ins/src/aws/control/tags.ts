import { badRequest, notFound } from '../fault.ts';
import { findApi } from '../store.ts';
import type { Tags } from '../types.ts';
import { created, gone, ok, type Call, type Operation } from './operation.ts';
import type { Fields } from './fields.ts';

const mostTags = 50;

/** At most 50 tags; keys of 1 to 128 characters that do not begin with `aws:`, values of up to 256. BadRequestException otherwise. */
export const checkTags = (tags: Tags): Tags => {
  const keys = Object.keys(tags);
  if (keys.length > mostTags) throw badRequest(`The number of tags exceeds the limit of ${mostTags}`);
  for (const key of keys) {
    if (key === '' || key.length > 128) throw badRequest('Invalid tag key: expected 1 to 128 characters');
    if (key.toLowerCase().startsWith('aws:')) throw badRequest(`Invalid tag key ${key}: the prefix aws: is reserved`);
  }
  return tags;
};

export const readTags = (fields: Fields): Tags | undefined => fields.map('tags', { max: 256 });

interface Tagged {
  readonly tags: Tags;
  readonly put: (tags: Tags) => void;
}

/** The API or stage that an ARN names: `arn:aws:apigateway:<region>::/apis/<id>[/stages/<name>]`. */
const resourceOf = ({ store, region, param }: Call): Tagged => {
  const arn = param('resourceArn');
  const [, arnRegion, apiId, stageName] = /^arn:aws:apigateway:([a-z0-9-]+)::\/apis\/([a-z0-9]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  if (arnRegion !== region || apiId === undefined) throw badRequest(`Invalid resource ARN specified ${arn}`);
  const state = findApi(store, region, apiId);
  if (stageName === undefined) {
    return {
      tags: state.api.tags,
      put: (tags) => {
        state.api = { ...state.api, tags };
      },
    };
  }
  const stage = state.stages.get(stageName);
  if (stage === undefined) throw notFound('Invalid stage identifier specified');
  return { tags: stage.tags, put: (tags) => void state.stages.set(stageName, { ...stage, tags }) };
};

const path = '/v2/tags/{resourceArn}';

export const tagOperations: readonly Operation[] = [
  { method: 'GET', path, run: (call) => ok({ tags: resourceOf(call).tags }) },
  {
    method: 'POST',
    path,
    run: (call) => {
      const { tags, put } = resourceOf(call);
      put(checkTags({ ...tags, ...readTags(call.fields) }));
      return created({});
    },
  },
  {
    method: 'DELETE',
    path,
    run: (call) => {
      const { tags, put } = resourceOf(call);
      const keys = new Set(call.query.getAll('tagKeys'));
      if (keys.size === 0) throw badRequest('TagKeys is required');
      put(Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.has(key))));
      return gone;
    },
  },
];
