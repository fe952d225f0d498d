import type { Unseen } from '../../../core/resource.ts';
import { isForbidden } from '../client.ts';
import { createPool } from '../pool.ts';
import type { Session } from '../session.ts';

/** Rows per request. */
const PAGE = 2000;

/** A list below `/admin/realms`, whole; `doing` completes "not looked at: keycloak ..." after "list ". Nothing where it is not there. */
export type List = <Row>(path: string, doing: string, right: string) => Promise<readonly Row[]>;
export interface Lists {
  readonly list: List;
  /** What this login was refused so far. */
  readonly unseen: readonly Unseen[];
}

/** Reads lists, a few at a time; what this login may not see is kept as such, and is nothing otherwise. */
export const listsOf = ({ admin }: Session): Lists => {
  const unseen: Unseen[] = [];
  const pool = createPool(8);
  const pages = async <Row>(path: string, doing: string): Promise<readonly Row[]> => {
    // What takes no query answers all at once, and who says how many wants no more.
    const paged = path.includes('?') && !path.includes('max=');
    const rows: Row[] = [];
    for (;;) {
      const page = (await admin.findList<Row>(paged ? `${path}&first=${rows.length}&max=${PAGE}` : path, doing)) ?? [];
      rows.push(...page);
      if (!paged || page.length < PAGE) return rows;
    }
  };
  const list: List = <Row>(path: string, doing: string, right: string) =>
    pool(() => pages<Row>(path, doing)).catch((thrown: unknown) => {
      if (!isForbidden(thrown)) throw thrown;
      const what = doing.replace(/^list /, '');
      if (!unseen.some((one) => one.what === what)) unseen.push({ target: 'keycloak', what, why: `this login may not see them (${right})` });
      return [];
    });
  return { list, unseen };
};
