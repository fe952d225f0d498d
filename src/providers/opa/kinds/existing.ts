import type { ReadBundle } from '../../../blueprint/types.ts';
import { defineKind } from '../../../core/provider.ts';
import type { Follower } from '../client.ts';
import { revisionsOf } from '../rollout.ts';
import { opa as specs } from '../specs/index.ts';
import type { BundleSpec } from '../specs/index.ts';

export interface ExistingClient {
  /** What OPA's configuration calls it. */
  readonly name: string;
  /** What is at its address; `undefined` where nothing is asked of it (a destruction). */
  readonly read: ReadBundle | undefined;
  readonly servers: readonly Follower[];
  readonly services: readonly Follower[];
  /** Why nothing is written. */
  readonly refuse: (doing: string) => Promise<never>;
}

/** The bundle that somebody else publishes, and the revision that each OPA and each service has in force. It is compared, and nobody's to write. */
export const existingBundle = defineKind<ExistingClient, BundleSpec>()({
  name: specs.bundle.kind,
  after: [],
  immutable: specs.bundle.immutable,
  list: async ({ name, read, ...opa }) => {
    if (read === undefined) return [];
    const [servers, services] = await Promise.all([revisionsOf(opa.servers), revisionsOf(opa.services, true)]);
    const { revision, files, module, digest } = read;
    return [{
      kind: specs.bundle.kind,
      id: name,
      spec: { revision, digest, files: { ...files }, active: servers, ...(module !== undefined && { module }), ...(Object.keys(services).length > 0 && { services }) },
      owner: undefined,
    }];
  },
  put: ({ refuse }) => refuse('publish'),
  remove: ({ refuse }) => refuse('delete'),
});
