import { addressOf } from './resource.ts';
import type { Address, Desired, Effect, Spec, SpecValue } from './resource.ts';
import type { Position } from './problem.ts';
import { Secret } from './secret.ts';

/** How a field is live and stated, as a plan may show them; `inside`: the path below the field. */
export interface FieldChange {
  readonly live: unknown;
  readonly stated: unknown;
  readonly inside: string;
  /** The object, as it is stated and as it is held. */
  readonly of: Spec;
  readonly held: Spec;
}

/** What is known about a field beside its shape. Said once, where the field is declared; comparing, sending and judging read it there. */
export interface Facts<Value> {
  /** Its change needs delete and create. */
  readonly immutable?: true;
  /** The server's own, or an object with a life of its own: a write of this object does not change it, so stating it is refused. */
  readonly readOnly?: true;
  /** What the server has there when nobody states it, in every supported version; `null`: nothing. */
  readonly default?: Value | null;
  /** Who gets in, or what a token says, depends on it: the words say how. */
  readonly access?: string;
  /** What a change of it does where that is more than a thinner guard; `undefined`: it is not. */
  readonly changed?: (change: FieldChange) => Effect | undefined;
  /** What it does that an object which states this value is missing; `undefined`: what the kind says. */
  readonly missing?: (stated: SpecValue) => Effect | undefined;
  /** What it does that an object which states this value is made, where no cell of the matrix shows it. */
  readonly made?: (stated: SpecValue) => Effect | undefined;
  /** Whether somebody comes in again when a change is put back, where no cell of the matrix shows it. Of a secret that lets its holder in it is so. */
  readonly letsBackIn?: (change: FieldChange) => boolean;
  /** A map of which every entry is stated: one that is not must not be there. Others are compared by what is stated. */
  readonly whole?: true;
  /** What it is, for the reference, where the name does not say it. */
  readonly about?: string;
}

type Shape = 'text' | 'number' | 'flag' | 'list' | 'record' | 'map' | 'any';

/** A field of a spec. `Value` is what patterns state and kinds read; it exists for the compiler alone. */
export interface Field<Value> extends Facts<Value> {
  readonly shape: Shape;
  /** A list whose order means nothing: compared and shown sorted. */
  readonly set?: true;
  /** Sent and compared, never shown. */
  readonly secret?: true;
  /** The members of a list or map. */
  readonly items?: Field<SpecValue>;
  /** The fields of a record. */
  readonly fields?: Fields;
  readonly valueType?: Value;
}
export interface Fields {
  readonly [field: string]: Field<SpecValue>;
}

type ValueOf<F> = F extends Field<infer Value> ? Value : never;
/** A record as patterns state it: any subset of its fields; `null` means "must be absent". */
export type Partly<F extends Fields> = { readonly [Name in keyof F]?: ValueOf<F[Name]> | null };
export type Wholly<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

export const text = <Value extends string = string>(facts: Facts<NoInfer<Value>> = {}): Field<Value> => ({ shape: 'text', ...facts });
export const number = (facts: Facts<number> = {}): Field<number> => ({ shape: 'number', ...facts });
export const flag = (facts: Facts<boolean> = {}): Field<boolean> => ({ shape: 'flag', ...facts });
/** A text that is sent and never shown; read back where the server shows it, and compared without being shown. */
export const secret = (facts: Facts<Secret> = {}): Field<Secret> => ({ shape: 'text', secret: true, ...facts });
export const list = <Value extends SpecValue>(items: Field<Value>, facts: Facts<readonly Value[]> = {}): Field<readonly Value[]> => ({ shape: 'list', items, ...facts });
export const set = <Value extends SpecValue>(items: Field<Value>, facts: Facts<readonly Value[]> = {}): Field<readonly Value[]> => ({ shape: 'list', set: true, items, ...facts });
export const record = <F extends Fields>(fields: F, facts: Facts<Partly<F>> = {}): Field<Partly<F>> => ({ shape: 'record', fields, ...facts });
export const map = <Value extends SpecValue>(items: Field<Value>, facts: Facts<{ readonly [name: string]: Value | null }> = {}): Field<{ readonly [name: string]: Value | null }> => ({ shape: 'map', items, ...facts });
/** What nothing is known about: compared as it is. */
export const any = (facts: Facts<SpecValue> = {}): Field<SpecValue> => ({ shape: 'any', ...facts });

/**
 * One kind's spec: the fields, what is known about them, and how its objects are called. Patterns make it, the kind writes and reads it,
 * dangers and tests look at it: all by this one declaration.
 */
export interface SpecType<S extends Spec, Parts extends readonly string[]> {
  /** `kong.route` */
  readonly kind: string;
  readonly fields: Fields;
  /** The identity inside the kind: `id('shop', 'web')` is `shop/web`. */
  readonly id: (...parts: Parts) => string;
  /** `address('shop', 'web')` is `keycloak.client/shop/web`: the one way an address is made. */
  readonly address: (...parts: Parts) => Address;
  /** True for objects of this kind, whose spec then has its type. */
  readonly is: <Object extends { readonly kind: string; readonly spec: Spec }>(object: Object) => object is Object & { readonly spec: S };
  readonly desired: (parts: Parts, object: { readonly spec: S; readonly after?: readonly Address[]; readonly origin: Position } & Pick<Desired, 'fields' | 'protected'>) => Desired<S>;
  /** A server's own fields as a spec: sets sorted, secrets wrapped; fields that nothing is known about stay as they are. */
  readonly read: (held: Readonly<Record<string, unknown>>) => S;
  /** Paths of fields whose change needs delete and create. */
  readonly immutable: readonly string[];
}

/** The spec of a kind: fields that every object states, and fields that it may. */
export type SpecOf<Type> = Type extends SpecType<infer S, infer _Parts> ? S : never;

interface Definition<Always extends Fields, Maybe extends Fields, Parts extends readonly string[]> {
  /** Stated by every object of the kind. */
  readonly always: Always;
  readonly fields: Maybe;
  /** One part, taken as it is, unless stated. */
  readonly id?: (...parts: Parts) => string;
}

export const defineSpec = <Always extends Fields, Maybe extends Fields, Parts extends readonly string[] = readonly [name: string]>(
  kind: string,
  { always, fields: maybe, id = (...parts) => parts.join('/') }: Definition<Always, Maybe, Parts>,
): SpecType<Wholly<Always> & Partly<Maybe>, Parts> => {
  type S = Wholly<Always> & Partly<Maybe>;
  const fields: Fields = { ...always, ...maybe };
  return {
    kind,
    fields,
    id,
    address: (...parts) => addressOf({ kind, id: id(...parts) }),
    is: <Object extends { readonly kind: string; readonly spec: Spec }>(object: Object): object is Object & { readonly spec: S } => object.kind === kind,
    desired: (parts, { spec, after = [], ...rest }) => ({ kind, id: id(...parts), spec, after, ...rest }),
    // The declaration is the contract with the server; what it answers otherwise shows as a difference.
    read: (held) => readRecord(fields, held) as S,
    immutable: immutableIn(fields, ''),
  };
};

const immutableIn = (fields: Fields, prefix: string): readonly string[] =>
  Object.entries(fields).flatMap(([name, field]) => [
    ...(field.immutable ? [prefix + name] : []),
    ...(field.fields ? immutableIn(field.fields, `${prefix}${name}.`) : []),
  ]);

const readRecord = (fields: Fields, held: Readonly<Record<string, unknown>>): Spec =>
  Object.fromEntries(Object.entries(held).map(([name, value]) => [name, readField(Object.hasOwn(fields, name) ? fields[name] : undefined, value)]));

/** A value of a server as a spec holds it. Text that is only a reference to a vault is no secret. */
const readField = (field: Field<SpecValue> | undefined, value: unknown): SpecValue => {
  if (value === null || value === undefined) return null;
  if (field?.secret && typeof value === 'string') return value.startsWith('{vault://') ? value : new Secret(value);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => readField(field?.items, item));
    return field?.set && !inSpelling(items) ? items.toSorted(bySpelling) : items;
  }
  if (typeof value === 'object' && !(value instanceof Secret)) {
    const inside = value as Readonly<Record<string, unknown>>;
    if (field?.fields) return readRecord(field.fields, inside);
    return Object.fromEntries(Object.entries(inside).map(([name, item]) => [name, readField(field?.items, item)]));
  }
  return value as SpecValue;
};

/** What somebody wrote by hand, its sets in the order in which `read` gives them. */
export const setsInOrder = (fields: Fields, spec: Spec): Spec =>
  Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, inOrder(Object.hasOwn(fields, name) ? fields[name] : undefined, value)]));

const inOrder = (field: Field<SpecValue> | undefined, value: SpecValue): SpecValue => {
  if (field?.set && Array.isArray(value)) return value.toSorted(bySpelling);
  return field?.fields && isSpec(value) ? setsInOrder(field.fields, value) : value;
};

/** A mapping inside a spec, and not one of the other values. */
export const isSpec = (value: SpecValue | undefined): value is Spec =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret);

/** Most lists are: of hundreds of names, at thousands of objects, sorting is what costs. */
const inSpelling = (items: readonly SpecValue[]): boolean => items.every((item, at) => typeof item === 'string' && (at === 0 || (items[at - 1] as string) <= item));

const bySpelling = (left: SpecValue, right: SpecValue): number => {
  const [a, b] = [String(left), String(right)];
  return a < b ? -1 : a > b ? 1 : 0;
};

/** Servers leave flags that are off out, or write them as texts. */
export const isOn = (value: unknown): boolean => value === true || value === 'true';

/** Of a list that something is given by: with less in it, and nothing else, somebody is locked out. */
export const lessBreaks = ({ live, stated }: FieldChange): Effect | undefined =>
  Array.isArray(live) && Array.isArray(stated) && live.every((one) => stated.includes(one)) ? 'breaks' : undefined;
/** Of a flag that somebody needs: off, they are locked out. */
export const offBreaks = ({ live }: FieldChange): Effect | undefined => (live === false ? 'breaks' : undefined);
/** Somebody gets in by its being on, and nobody any more by its being off; or the other way round. */
export const letsInWhile = (on: boolean) => ({ live, stated }: FieldChange): Effect | undefined => (isOn(live) === isOn(stated) ? undefined : isOn(live) === on ? 'opens' : 'breaks');
