import { concealed } from './concealed.ts';
import { sameValue, shown } from './diff.ts';
import type { Danger, Desired, Effect, Live, Spec, SpecValue } from './resource.ts';
import { seenOf } from './seen.ts';
import { isSpec } from './spec.ts';
import type { Field, Fields } from './spec.ts';

/** A field of an object of ours that the blueprint does not state, and that is not as the server has it when nobody states it. */
export interface Unstated {
  /** `config.minute`; names of a map's members are part of it. */
  readonly path: string;
  readonly held: SpecValue;
  /** `undefined`: nothing is known, so only nothing would be the default. */
  readonly default: SpecValue | undefined;
  /** Why it matters who gets in, where the field's declaration says that it does. */
  readonly access?: string;
}

/**
 * Compares a live object with what the blueprint leaves out of it: records and maps member by member, lists as a whole. The default is that of
 * `defaults` (what the live server's schema says, what was recorded of its version), or that of the field's declaration. A field that nothing
 * is known about may only be empty. Fields that are the server's own (`readOnly`) are left out.
 */
export const unstated = (fields: Fields, stated: Spec, held: Spec, defaults: Spec = {}): readonly Unstated[] => [
  ...walk((name) => (Object.hasOwn(fields, name) ? fields[name] : undefined), { stated, held, defaults, prefix: '' }),
];

interface Place {
  readonly stated: Spec;
  readonly held: Spec;
  readonly defaults: Spec;
  readonly prefix: string;
}

function* walk(fieldOf: (name: string) => Field<SpecValue> | undefined, { stated, held, defaults, prefix }: Place): Generator<Unstated> {
  for (const [name, value] of Object.entries(held)) {
    const field = fieldOf(name);
    if (field?.readOnly) continue;
    const path = `${prefix}${name}`;
    const wanted = Object.hasOwn(stated, name) ? stated[name] : undefined;
    const usual = Object.hasOwn(defaults, name) ? defaults[name] : field?.default;
    if (isSpec(value) && (isSpec(wanted) || (wanted === undefined && (field?.fields !== undefined || isSpec(usual))))) {
      const inside = { stated: isSpec(wanted) ? wanted : {}, held: value, defaults: isSpec(usual) ? usual : {}, prefix: `${path}.` };
      yield* walk((member) => (field?.fields && Object.hasOwn(field.fields, member) ? field.fields[member] : field?.items), inside);
    } else if (wanted === undefined && !isUsual(value, usual))
      yield { path, held: concealed(value, path), default: usual, ...(field?.access !== undefined && { access: field.access }) };
  }
}

const isUsual = (value: SpecValue, usual: SpecValue | undefined): boolean => sameValue(value, usual) || (isEmpty(value) && isEmpty(usual));

const isEmpty = (value: SpecValue | undefined): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0) || (isSpec(value) && Object.keys(value).length === 0);

interface Comparing {
  readonly fields: Fields;
  readonly defaults?: Spec;
  /** What such a field does; by itself one that matters for access weakens, and any other differs. */
  readonly effectOf?: (field: Unstated) => Effect | undefined;
}

/** `unstated` as dangers, in the words that all providers share. */
export const unstatedDangers = (desired: Desired, live: Live, { fields, defaults, effectOf }: Comparing): readonly Danger[] =>
  unstated(fields, desired.spec, live.spec, defaults).map((field) => ({
    kind: live.kind,
    id: live.id,
    effect: effectOf?.(field) ?? (field.access === undefined ? 'differs' : 'weakens'),
    what: `${field.path} is ${words(field.held)}${field.default === undefined ? '' : `, by default ${words(field.default)}`}; the blueprint does not state it${field.access === undefined ? '' : ` (${field.access})`}`,
    origin: desired.origin,
    hint: 'set it back, state it in the blueprint, or accept it',
    field: field.path,
    seen: seenOf(field.held),
  }));

const words = (value: SpecValue): string => {
  const text = JSON.stringify(shown(value));
  return text.length > 120 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
};
