import { any, defineSpec, flag, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { consumerOf, named } from './references.ts';

/** Plugins that decide who of those with a token may pass: where one of ours is gone, whoever it turned away gets in. */
const DECIDING: ReadonlySet<string> = new Set(['acl', 'authctl-opa', 'authctl-scope-guard', 'opa', 'pre-function']);

/** https://developer.konghq.com/gateway/entities/plugin/, known by its instance name. What `config` may hold is said by the plugin's own schema. */
export const plugin = defineSpec('kong.plugin', {
  always: { name: text({ access: 'what it does', missing: (name) => (typeof name === 'string' && DECIDING.has(name) ? 'opens' : undefined) }) },
  fields: {
    instance_name: text({ default: null }),
    enabled: flag({ default: true, access: 'one that is off does nothing' }),
    protocols: set(text(), { default: ['grpc', 'grpcs', 'http', 'https'], access: 'requests it runs for' }),
    service: named({ default: null, access: 'requests it runs for' }),
    route: named({ default: null, access: 'requests it runs for' }),
    consumer: consumerOf({ default: null, access: 'requests it runs for' }),
    config: map(any(), { access: 'what it demands' }),
  },
});
export type PluginSpec = SpecOf<typeof plugin>;
