import { isObject } from '../core/json.ts';
import { Problem } from '../core/problem.ts';
import type { Stored } from '../blueprint/stored.ts';

/** A value of a store, or why there is none. */
export type Given = readonly [Stored, string | Problem];

/** The field that a reference names, of what a store holds as fields. No name of another field is told: they are nobody's business. */
export const fieldOf = (held: unknown, { key = '', reference, at }: Stored): string | Problem => {
  const value = isObject(held) && Object.hasOwn(held, key) ? held[key] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  const why = value === undefined ? `has no field "${key}"` : `has a field "${key}" that is no text, or empty`;
  return new Problem('SECRETS_MISSING', `what ${reference} refers to ${why}`, { at, hint: 'the part after # is the name of a field with a text' });
};

/** All of a text, or the field that a reference names, where the text is JSON. */
export const textOrField = (text: string, stored: Stored): string | Problem => {
  if (stored.key === undefined) return text;
  try {
    return fieldOf(JSON.parse(text), stored);
  } catch {
    return new Problem('SECRETS_MISSING', `what ${stored.reference} refers to is no JSON, so it has no fields`, { at: stored.at, hint: 'leave out the part from # on' });
  }
};
