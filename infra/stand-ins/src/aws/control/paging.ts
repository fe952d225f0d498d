import { badRequest } from '../fault.ts';
import type { Call } from './operation.ts';

const usual = 25;
const most = 500;

const offsetOf = (token: string | null, collection: string): number => {
  if (token === null) return 0;
  const [name, offset] = Buffer.from(token, 'base64url').toString().split(' ');
  if (name !== collection || offset === undefined || !/^\d+$/.test(offset)) throw badRequest('Invalid NextToken specified');
  return Number(offset);
};

/**
 * One page of a collection, in the order of creation. A page is 25 long unless MaxResults (1 to 500) says otherwise; NextToken is
 * opaque and belongs to one collection. BadRequestException when either is malformed.
 */
export const page = <Item>({ query }: Call, collection: string, items: Iterable<Item>): { items: readonly Item[]; nextToken?: string } => {
  const asked = query.get('maxResults') ?? String(usual);
  if (!/^\d{1,3}$/.test(asked) || Number(asked) < 1 || Number(asked) > most)
    throw badRequest(`Invalid MaxResults specified: expected 1 to ${most}`);
  const from = offsetOf(query.get('nextToken'), collection);
  const all = [...items];
  const until = from + Number(asked);
  return {
    items: all.slice(from, until),
    ...(until < all.length && { nextToken: Buffer.from(`${collection} ${until}`).toString('base64url') }),
  };
};
