import type { Clock } from '../contract.ts';
import type { Functions } from './functions.ts';
import type { Schemas } from './types.ts';

/** Everything the engine needs besides the schema and the values. */
export interface Rules {
  readonly schemas: Schemas;
  readonly functions: Functions;
  readonly clock: Clock;
  readonly uuid: () => string;
  /** 32 characters of letters and digits, what Kong makes up for a key or a secret. */
  readonly secret: () => string;
}

/** What a row is being prepared for. */
export type Context = 'insert' | 'upsert' | 'update' | 'select';
