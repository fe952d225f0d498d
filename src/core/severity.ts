import { effects } from './resource.ts';
import type { Desired, Effect, FieldDiff, Spec, Step } from './resource.ts';
import type { Field, Fields } from './spec.ts';

/** The fields of a kind, by its name; `undefined` for one that nothing is known about. */
export type FieldsOf = (kind: string) => Fields | undefined;

/**
 * What it does to people that the live stack is not as the blueprint says, judged by the objects alone: what is missing breaks something, a
 * field whose declaration says that access depends on it weakens a guard, unless it says what a change does. Of several the worst counts.
 * Whether a cell of the access matrix opens is another question, and where it is answered (src/access/by-cells.ts) that answer counts.
 */
export const severityOf = (change: Step, fieldsOf: FieldsOf): Effect | undefined => {
  switch (change.action) {
    case 'danger':
      return change.danger.effect;
    case 'keep':
      return undefined;
    case 'create':
      return missing(change.desired, fieldsOf);
    case 'deferred':
      return 'breaks';
    case 'blocked':
      // Something in the way locks somebody out; something that cannot go does not.
      return 'live' in change && !('desired' in change) ? 'differs' : 'breaks';
    case 'delete':
    case 'release':
    case 'orphan':
      return 'differs';
    default:
      return worst(change.because.map((diff) => ofField(diff.path.split('.'), { diff, of: change.desired.spec, held: change.live.spec }, fieldsOf(change.desired.kind))));
  }
};

/**
 * What carrying it out does to people: the same, seen from the other side. Of what is made or taken away that is said which a field of it says: who
 * comes in by it, or whom it turned away.
 */
export const effectOfDoing = (change: Step, fieldsOf: FieldsOf): Effect | undefined => {
  if (change.action === 'create') return worstOf(saidBy(change.desired, fieldsOf, 'made'));
  if (change.action === 'delete') return worstOf(saidBy(change.live, fieldsOf, 'missing'));
  if (change.action !== 'update' && change.action !== 'replace') return undefined;
  const { desired, live } = change;
  const because = change.because.map((diff): FieldDiff => ({ ...diff, before: diff.after, after: diff.before }));
  return severityOf({ action: 'update', desired: { ...desired, spec: live.spec }, live: { ...live, spec: desired.spec }, because }, fieldsOf);
};

/** Whether carrying it out lets somebody in again whom what is live shuts out: who holds the secret that was there before. */
export const letsBackIn = (change: Step, fieldsOf: FieldsOf): boolean => {
  if (change.action !== 'update' && change.action !== 'replace') return false;
  const { desired, live, because } = change;
  return because.some(({ path, before, after }) => {
    const [name = '', ...rest] = path.split('.');
    const field = fieldOf(fieldsOf(desired.kind), name);
    if (field?.secret === true) return field.access !== undefined;
    return field?.letsBackIn?.({ live: before, stated: after, inside: rest.join('.'), of: desired.spec, held: live.spec }) === true;
  });
};

const worst = (found: readonly Effect[]): Effect => effects.find((effect) => found.includes(effect)) ?? 'differs';

const worstOf = (found: readonly Effect[]): Effect | undefined => (found.length > 0 ? worst(found) : undefined);

/** What fields of an object say of its absence, or of its being made. */
const saidBy = ({ kind, spec }: Pick<Desired, 'kind' | 'spec'>, fieldsOf: FieldsOf, of: 'made' | 'missing'): readonly Effect[] =>
  Object.entries(spec).flatMap(([name, stated]) => fieldOf(fieldsOf(kind), name)?.[of]?.(stated) ?? []);

/** What a field of the object says of its absence; else, what demands something is a guard, and everything else is needed by whoever may pass. */
const missing = (desired: Desired, fieldsOf: FieldsOf): Effect => {
  const said = saidBy(desired, fieldsOf, 'missing');
  if (said.length > 0) return worst(said);
  const fields = fieldsOf(desired.kind) ?? {};
  return fields['config']?.access === undefined ? 'breaks' : 'weakens';
};

/** What a field of the path says of its change: the outermost that knows. */
const ofField = ([name = '', ...rest]: readonly string[], changed: { readonly diff: FieldDiff; readonly of: Spec; readonly held: Spec }, fields: Fields | undefined): Effect => {
  const { diff, of, held } = changed;
  const field = fieldOf(fields, name);
  if (field === undefined) return 'differs';
  const said = field.changed?.({ live: diff.before, stated: diff.after, inside: rest.join('.'), of, held });
  if (said !== undefined) return said;
  if (field.access !== undefined) return 'weakens';
  return rest.length === 0 ? 'differs' : ofField(field.items && !field.fields ? rest.slice(1) : rest, changed, field.fields ?? field.items?.fields);
};

const fieldOf = (fields: Fields | undefined, name: string): Field<Spec[string]> | undefined => (fields && Object.hasOwn(fields, name) ? fields[name] : undefined);
