import { defineKind } from '../../../core/provider.ts';
import type { TemplateClient } from '../client.ts';
import { template } from '../specs/index.ts';
import type { ThingSpec } from '../specs/index.ts';

/** Its handle is its name: where the server has ids of its own, `list` gives them as `ref`. */
export const thing = defineKind<TemplateClient, ThingSpec, string>()({
  name: template.thing.kind,
  after: [],
  immutable: template.thing.immutable,
  list: async (client) =>
    (await client.things()).map(({ owner, ...held }) => ({
      kind: template.thing.kind,
      id: template.thing.id(held.name),
      spec: template.thing.read(held),
      owner,
      ref: held.name,
    })),
  put: ({ name: owner, put }, { spec: { name, open, tags } }) => put({ name, open: open ?? false, tags: tags ?? [], owner }),
  remove: ({ remove }, { ref = '' }) => remove(ref),
});
