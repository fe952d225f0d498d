import type { PluginHandler } from '../plugins/types.ts';
import type { PluginSchema } from '../schema/types.ts';

/** A plugin that does not come with Kong: what it takes, and what it does by its documentation. */
export interface CommunityPlugin {
  readonly schema: PluginSchema;
  readonly handler: PluginHandler;
}
