import type { Effect, Spec, Step } from './resource.ts';
import type { Field, Fields } from './spec.ts';

/** The fields of a kind, by its name; `undefined` for one that nothing is known about. */
export type FieldsOf = (kind: string) => Fields | undefined;

/**
 * What it does to people that the live stack is not as the blueprint says, judged by the objects alone: what is missing breaks something, a
 * field whose declaration says that access depends on it weakens a guard. Whether a cell of the access matrix opens is another question.
 */
export const severityOf = (change: Step, fieldsOf: FieldsOf): Effect | undefined => {
  switch (change.action) {
    case 'danger':
      return change.danger.effect;
    case 'keep':
      return undefined;
    case 'create':
      return missing(change.desired.kind, fieldsOf);
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
      return change.because.some(({ path }) => matters(path.split('.'), fieldsOf(change.desired.kind))) ? 'weakens' : 'differs';
  }
};

/** What demands something is a guard; everything else is needed by whoever may pass. */
const missing = (kind: string, fieldsOf: FieldsOf): Effect => (fieldsOf(kind)?.['config']?.access === undefined ? 'breaks' : 'weakens');

/** True when a field of the path says that access depends on it. */
const matters = ([name = '', ...rest]: readonly string[], fields: Fields | undefined): boolean => {
  const field: Field<Spec[string]> | undefined = fields && Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) return false;
  return field.access !== undefined || (rest.length > 0 && matters(field.items && !field.fields ? rest.slice(1) : rest, field.fields ?? field.items?.fields));
};
