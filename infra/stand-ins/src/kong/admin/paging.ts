import type { Row } from '../schema/types.ts';
import { invalidOffset, invalidOptions, invalidSize } from './errors.ts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1000;

/** Tag filters: `a,b` is both, `a/b` is one of them. */
export interface TagFilter {
  readonly tags: readonly string[];
  readonly any: boolean;
}

/** How many rows a page holds. Throws unless it is a whole number from 1 to 1000. */
export const readSize = (given: unknown): number => {
  if (given === undefined) return DEFAULT_SIZE;
  const size = typeof given === 'number' ? given : typeof given === 'string' && given.trim() !== '' ? Number(given) : NaN;
  if (Number.isNaN(size)) throw invalidSize('size must be a number');
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) throw invalidSize(`size must be an integer between 1 and ${MAX_SIZE}`);
  return size;
};

/** Reads `?tags=`. Throws for a mixture of both signs, for more than five tags, and for characters no tag can have. */
export const readTags = (given: unknown): TagFilter | undefined => {
  if (given === undefined) return undefined;
  const text: unknown = Array.isArray(given) ? given[0] : given;
  if (text === null || text === '' || text === undefined) throw invalidOptions({ tags: 'cannot be null' });
  const value = String(text);
  const and = !value.includes('/') && value.split(',').every((tag, index, all) => tag !== '' || (index === all.length - 1 && index > 0));
  const or = !value.includes(',') && value.split('/').every((tag, index, all) => tag !== '' || (index === all.length - 1 && index > 0));
  if (!and && !or) throw invalidOptions({ tags: 'invalid filter syntax' });
  const tags = value.split(and ? ',' : '/');
  if (tags.length > 5) throw invalidOptions({ tags: 'cannot query more than 5 tags' });
  if (/[\x00-\x1f\x7f]/.test(value)) {
    throw invalidOptions({ tags: 'must only contain printable ascii (except `,` and `/`) or valid utf-8' });
  }
  return { tags, any: !and };
};

export const hasTags = (row: Row, { tags, any }: TagFilter): boolean => {
  const own: readonly unknown[] = Array.isArray(row['tags']) ? row['tags'] : [];
  return any ? tags.some((tag) => own.includes(tag)) : tags.every((tag) => own.includes(tag));
};

/** An offset is the base64url text of a JSON list; what it holds is the last row's key. */
export const encodeOffset = (key: readonly unknown[]): string => Buffer.from(JSON.stringify(key)).toString('base64url');

export const decodeOffset = (offset: unknown): readonly unknown[] | undefined => {
  if (offset === undefined) return undefined;
  const text = String(offset);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw invalidOffset(text, 'bad base64 encoding');
  try {
    const key: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    if (Array.isArray(key)) return key;
  } catch {
    // What is not JSON is reported below, like JSON that is no list.
  }
  throw invalidOffset(text, 'bad json encoding');
};

interface Page<Item> {
  readonly items: readonly Item[];
  readonly offset: string | undefined;
}

/** The rows after the offset, by id, and the offset of the next page when there is one. */
export const pageById = <Item extends Row>(rows: readonly Item[], size: number, offset: unknown): Page<Item> => {
  const after = decodeOffset(offset)?.[0];
  const rest = after === undefined ? rows : rows.filter(({ id }) => String(id) > String(after));
  const items = rest.slice(0, size);
  return { items, offset: rest.length > size ? encodeOffset([items.at(-1)?.['id']]) : undefined };
};
