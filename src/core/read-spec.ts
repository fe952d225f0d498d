import type { Spec } from './resource.ts';

/** A field of a spec of no known type, read as what it should be; absent when it is not. */
export const textIn = (spec: Spec, field: string): string | undefined => (typeof spec[field] === 'string' ? spec[field] : undefined);
export const specIn = (spec: Spec, field: string): Spec => {
  const value = spec[field];
  // What is neither a list nor a Secret is a record.
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.constructor === Object ? (value as Spec) : {};
};
