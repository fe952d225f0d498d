import { map, record, text } from '../../../core/spec.ts';
import type { Field } from '../../../core/spec.ts';

const mapper = record({
  /** The provider's name: `oidc-audience-mapper`. */
  protocolMapper: text(),
  config: map(text()),
});
export type MapperSpec = NonNullable<(typeof mapper)['valueType']>;

/** Protocol mappers by name. One of ours that is stated no more is taken away; those of others stay, and are told. */
export const mappers: Field<{ readonly [name: string]: MapperSpec | null }> = map(mapper, {
  default: {},
  access: 'the audiences, roles and names that tokens carry',
});
