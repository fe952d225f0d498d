import { any, defineSpec, flag, map, set, text } from '../../../core/spec.ts';
import type { SpecOf } from '../../../core/spec.ts';
import { consumerOf, named } from './references.ts';

/** https://developer.konghq.com/gateway/entities/plugin/, known by its instance name. What `config` may hold is said by the plugin's own schema. */
export const plugin = defineSpec('kong.plugin', {
  always: { name: text({ access: 'what it does' }) },
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
