import { versionFinding } from '../../core/finding.ts';
import type { Finding } from '../../core/finding.ts';
import type { Desired } from '../../core/resource.ts';
import type { KongAdmin } from './client.ts';
import { kong } from './specs/index.ts';

/** How the versions begin that answers were recorded of. */
const TESTED = '3.9.';
/** Of the plugins in infra/kong/plugins, all of them. */
const OURS = '0.1.0';

/** What the node is, and whether it has the plugins that these objects need, in the version that is known. */
export const aboutNode = async (admin: Pick<KongAdmin, 'node'>, desired: readonly Desired[]): Promise<readonly Finding[]> => {
  const { version, store, plugins, pluginVersions } = await admin.node();
  const needed = [...new Set(desired.filter(kong.plugin.is).map(({ spec }) => spec.name))].toSorted();
  const found = needed.map((name): Finding => {
    const about = { target: 'kong', what: `plugin ${name}` };
    const own = pluginVersions.get(name);
    if (!plugins.has(name))
      return { ...about, state: 'bad', found: 'this node does not have it', next: name.startsWith('authctl-') ? `install infra/kong/plugins/${name} on every node, and name it in "plugins" of kong.conf` : 'name it in "plugins" of kong.conf ("bundled" stands for what Kong ships)' };
    if (name.startsWith('authctl-') && own !== OURS)
      return { ...about, state: own === undefined ? 'unknown' : 'bad', found: own ?? 'it does not say which version', next: `this authctl brings ${OURS}: install infra/kong/plugins/${name} on every node` };
    return { ...about, state: 'good', found: own ?? 'there' };
  });
  return [versionFinding('kong', version, TESTED), { target: 'kong', what: 'store', state: 'good', found: store }, ...found];
};
