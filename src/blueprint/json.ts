import type { Secret } from '../core/secret.ts';

/** JSON as the `raw` escape hatch takes it: each target's own representation, merged last. Sensitive fields hold a Secret. */
export type Json = null | boolean | number | string | Secret | readonly Json[] | JsonFields;
export interface JsonFields {
  readonly [key: string]: Json;
}

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
