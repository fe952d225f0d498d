import { asStated } from '../whose-realm.ts';
import { nodeAt } from '../tree.ts';
import type { Path } from '../tree.ts';
import type { Context } from './context.ts';

/**
 * What was called otherwise before. What is still there by the name was not renamed, and two cannot have come of one. A service is asked for by the
 * tokens that there are: their audience is stated, for that of a service that states none goes by its name.
 */
export const checkRenames = (context: Context): void => {
  const { blueprint, root, findings } = context;
  checkAmong(context, ['services']);
  checkAmong(context, asStated(root, ['realm', 'clients']));
  const services = nodeAt(root, ['services']);
  // Where a token names its client in the place of an audience, that has nothing to do with a service's name.
  const byName = blueprint.foreign?.audienceClaim !== 'client_id';
  if (services?.kind !== 'map') return;
  for (const [id, { node }] of services.entries) {
    checkAmong(context, ['services', id, 'routes']);
    const stated = node.kind === 'map' ? node.entries : undefined;
    if (byName && stated?.has('renamedFrom') && !stated.has('audience'))
      findings.add('BLUEPRINT_RENAMED', ['services', id, 'renamedFrom'], `tokens that were issued before are for the audience of then, and services.${id} states none`, {
        expected: `services.${id}.audience: what it was, by default the name of before`,
      });
  }
};

const checkAmong = ({ root, findings }: Context, place: Path): void => {
  const all = nodeAt(root, place);
  if (all?.kind !== 'map') return;
  const seen = new Map<string, string>();
  for (const [name, { node }] of all.entries) {
    const former = nodeAt(node, ['renamedFrom']);
    if (former?.kind !== 'scalar' || typeof former.value !== 'string') continue;
    const at = [...place, name, 'renamedFrom'];
    const other = seen.get(former.value);
    if (all.entries.has(former.value)) findings.add('BLUEPRINT_RENAMED', at, `${[...place, former.value].join('.')} is still there: it was not renamed`, { expected: 'a name that the file does not have any more' });
    else if (other !== undefined) findings.add('BLUEPRINT_RENAMED', at, `${[...place, other].join('.')} was renamed from "${former.value}", too`, { expected: 'one that has the place of the other' });
    seen.set(former.value, name);
  }
};
