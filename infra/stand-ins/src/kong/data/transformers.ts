/*
 * Field descriptions of Kong Gateway 3.9.3 (https://github.com/Kong/kong, Copyright 2016-2025 Kong Inc., Apache License 2.0),
 * as its Admin API states them under /schemas, without the prose. `fn` names the function that Kong keeps in the field;
 * schema/functions.ts has ours.
 */
import type { PluginSchema } from '../schema/types.ts';
import { allProtocols, httpProtocols } from './typedefs.ts';

const requestTransformer: PluginSchema = {
  name: 'request-transformer',
  priority: 801,
  fields: [
    { protocols: allProtocols },
    {
      config: {
        type: 'record',
        fields: [
          { http_method: { type: 'string', match: '^%u+$' } },
          {
            remove: {
              type: 'record',
              fields: [
                { body: { type: 'array', default: [], elements: { type: 'string' }, required: true } },
                { headers: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_header' }, required: true } },
                { querystring: { type: 'array', default: [], elements: { type: 'string' }, required: true } },
              ],
              required: true,
            },
          },
          {
            rename: {
              type: 'record',
              fields: [
                { body: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
                {
                  headers: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', match: '^[^:]+:.*$', fn: 'transform_header_pair' },
                    required: true,
                  },
                },
                { querystring: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
              ],
              required: true,
            },
          },
          {
            replace: {
              type: 'record',
              fields: [
                { body: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
                {
                  headers: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', match: '^[^:]+:.*$', fn: 'transform_header' },
                    required: true,
                  },
                },
                { querystring: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
                { uri: { type: 'string' } },
              ],
              required: true,
            },
          },
          {
            add: {
              type: 'record',
              fields: [
                { body: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
                {
                  headers: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', match: '^[^:]+:.*$', fn: 'transform_header' },
                    required: true,
                  },
                },
                { querystring: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
              ],
              required: true,
            },
          },
          {
            append: {
              type: 'record',
              fields: [
                { body: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
                {
                  headers: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', match: '^[^:]+:.*$', fn: 'transform_header' },
                    required: true,
                  },
                },
                { querystring: { type: 'array', default: [], elements: { type: 'string', fn: 'transform_value' }, required: true } },
              ],
              required: true,
            },
          },
        ],
        required: true,
      },
    },
  ],
};

const responseTransformer: PluginSchema = {
  name: 'response-transformer',
  priority: 800,
  fields: [
    { protocols: httpProtocols },
    {
      config: {
        type: 'record',
        fields: [
          {
            remove: {
              type: 'record',
              fields: [
                { json: { type: 'array', default: [], elements: { type: 'string' }, required: true } },
                { headers: { type: 'array', default: [], elements: { type: 'string' }, required: true } },
              ],
              required: true,
            },
          },
          {
            rename: {
              type: 'record',
              fields: [
                { json: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
                {
                  headers: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', match: '^[^:]+:.*$', fn: 'transform_header_pair' },
                    required: true,
                  },
                },
              ],
              required: true,
            },
          },
          {
            replace: {
              type: 'record',
              fields: [
                { json: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
                {
                  json_types: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', one_of: ['boolean', 'number', 'string'] },
                    required: true,
                  },
                },
                { headers: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
              ],
              required: true,
            },
          },
          {
            add: {
              type: 'record',
              fields: [
                { json: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
                {
                  json_types: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', one_of: ['boolean', 'number', 'string'] },
                    required: true,
                  },
                },
                { headers: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
              ],
              required: true,
            },
          },
          {
            append: {
              type: 'record',
              fields: [
                { json: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
                {
                  json_types: {
                    type: 'array',
                    default: [],
                    elements: { type: 'string', one_of: ['boolean', 'number', 'string'] },
                    required: true,
                  },
                },
                { headers: { type: 'array', default: [], elements: { type: 'string', match: '^[^:]+:.*$' }, required: true } },
              ],
              required: true,
            },
          },
        ],
        required: true,
      },
    },
  ],
};

export const transformerPlugins: readonly PluginSchema[] = [requestTransformer, responseTransformer];
