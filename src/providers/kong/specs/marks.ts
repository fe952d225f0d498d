import { kong } from './index.ts';

/** The names that our objects have in Kong: `shop.orders.list`, `shop.orders.list.opa`. */
export const kongName = (blueprint: { readonly name: string }, ...parts: readonly string[]): string => [blueprint.name, ...parts].join('.');

/**
 * The consumer whose credentials are the issuer's keys. Kong takes each key once, whoever's it is: blueprints that share a realm share this consumer,
 * which is called by the realm then.
 */
export const issuerName = ({ name, realm }: { readonly name: string; readonly realm: { readonly name: string; readonly shared?: boolean | undefined } }): string => kongName({ name: realm.shared === true ? realm.name : name }, 'issuer');

/** The tags by which Kong's rows say whose they are. */
export const MARK = 'authctl:';
export const markOf = (name: string): string => `${MARK}${name}`;

/** Beside the mark, on rows of entities that patterns seldom make: one request then tells which of their lists are worth reading. */
export const rareTag = (name: string): string => `authctl.raw:${name}`;

/** Beside the mark, on rows that were there before they were taken over. */
export const ADOPTED_TAG = 'authctl.adopted';
const WAS = 'authctl.was:';
/** What a row was called before it was taken over and renamed: empty where it had no name. */
export const wasTag = (name: string | null): string => WAS + (name ?? '');
/** The name that a row gets back when it is let go; `undefined`: it keeps the one that it has. */
export const formerName = (tags: readonly string[], mark: string): string | null | undefined => {
  const tag = isJoint(tags, mark) ? undefined : tags.find((one) => one.startsWith(WAS));
  return tag === undefined ? undefined : tag.slice(WAS.length) || null;
};

/** The tags that authctl puts on rows: everybody's others stay where they are. */
export const isOurTag = (tag: string): boolean => tag.startsWith('authctl:') || tag.startsWith('authctl.');

/** What is left on a row that is let go: nothing of ours, or, where another blueprint owns it, too, all but this mark. */
export const tagsWithout = (tags: readonly string[], mark: string): string[] => tags.filter((tag) => (isJoint(tags, mark) ? tag !== mark : !isOurTag(tag)));
/** A blueprint with another mark owns the row, too. */
export const isJoint = (tags: readonly string[], mark: string): boolean => tags.some((tag) => tag.startsWith(MARK) && tag !== mark);

export const NAME_TAG = 'authctl.name:';
/** The name of a row that Kong knows by its id only; `id` is an object's. */
export const nameTag = (id: string): string => `${NAME_TAG}${id.slice(id.lastIndexOf('/') + 1)}`;

/**
 * The header that a closed route asks for, with a random value nobody sends. A route cannot be disabled in Kong, and route and plugins
 * come into force by two timers (up to 5 s apart), so a new route is created closed, and opened when its plugins are in force.
 */
export const CLOSED = 'x-authctl-pending';

/** The name that all three bookkeeping rows of a blueprint have. */
export const markerName = (name: string): string => `${name}.authctl-marker`;

const COMMON: ReadonlySet<string> = new Set([kong.service, kong.route, kong.plugin, kong.consumer, kong.jwtSecret].map(({ kind }) => kind));
/** Every tag that a row of ours carries. */
export const tagsOf = (name: string, { kind, id, spec }: { readonly kind: string; readonly id: string; readonly spec: object }): readonly string[] => [
  markOf(name),
  ...(COMMON.has(kind) ? [] : [rareTag(name)]),
  ...('id' in spec ? [nameTag(id)] : []),
];
