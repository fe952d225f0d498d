import { record, text } from '../../../core/spec.ts';
import type { Facts, Field } from '../../../core/spec.ts';

/** How one row points to another: by the name it has, by its id where it has none. */
type Reference<Key extends string> = { readonly [field in Key | 'id']?: string | null };

/** A service, a route, an upstream or a key set. */
export const named = (facts: Facts<Reference<'name'>> = {}): Field<Reference<'name'>> => record({ name: text(), id: text() }, facts);
export const consumerOf = (facts: Facts<Reference<'username'>> = {}): Field<Reference<'username'>> => record({ username: text(), id: text() }, facts);
/** Certificates have no names. */
export const withId = (facts: Facts<Reference<never>> = {}): Field<Reference<never>> => record({ id: text() }, facts);
