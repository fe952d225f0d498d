import type { KongTarget } from '../../../blueprint/types.ts';
import { isObject, objectOf, textOf } from '../../../core/json.ts';
import type { JsonObject } from '../../../core/json.ts';
import { Problem } from '../../../core/problem.ts';
import type { Answer, Http } from '../../http.ts';

export type KonnectTarget = NonNullable<KongTarget['konnect']>;

/** A control plane as `GET /v2/control-planes` shows it. */
export interface ControlPlane {
  readonly id: string;
  readonly name: string;
  /** `CLUSTER_TYPE_CONTROL_PLANE`, `CLUSTER_TYPE_CONTROL_PLANE_GROUP`, … */
  readonly sort: string;
}

/** A data plane node as the control plane last heard of it. */
export interface DataPlane {
  readonly id: string;
  readonly version: string | undefined;
  /** Of the configuration that it has in force. */
  readonly hash: string | undefined;
  /** `FULLY_COMPATIBLE`, `INCOMPATIBLE`, `UNKNOWN`, `UNSPECIFIED` (https://github.com/Kong/koko, compatibility_status of a node). */
  readonly fits: string;
}

export type Refusal = (doing: string, answer: Answer) => Problem;

interface Asking {
  readonly http: Http;
  readonly refusal: Refusal;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
export const isId = (text: string): boolean => UUID.test(text);

/** The control plane by its id, or by its name, which is unique in a region of an organisation. Throws `KONG_KONNECT_CONTROL_PLANE` where there is none. */
export const findControlPlane = async ({ http, refusal }: Asking, { region, controlPlane }: KonnectTarget, at: Problem['at']): Promise<ControlPlane> => {
  const byId = isId(controlPlane);
  const answer = await http.send('GET', byId ? `/v2/control-planes/${controlPlane}` : `/v2/control-planes?filter%5Bname%5D%5Beq%5D=${encodeURIComponent(controlPlane)}&page%5Bsize%5D=10`);
  const missing = (): Problem => new Problem('KONG_KONNECT_CONTROL_PLANE', `Konnect shows this token no control plane "${controlPlane}" in the region ${region}`, { at, hint: 'is it in another region, or may the token not see it? It needs the role Viewer of the control plane' });
  if (answer.status === 404 && byId) throw missing();
  if (answer.status !== 200) throw refusal('find the control plane', answer);
  const rows = byId ? [answer.body] : objectOf(answer.body).data;
  if (!Array.isArray(rows)) throw refusal('find the control plane', answer);
  // The filter is the server's; what it lets through is compared all the same.
  const found = rows.filter(isObject).filter((row) => row[byId ? 'id' : 'name'] === controlPlane);
  const [row] = found;
  const id = textOf(row?.id);
  if (row === undefined || id === undefined || !isId(id)) throw missing();
  return { id, name: textOf(row.name) ?? id, sort: textOf(objectOf(row.config).cluster_type) ?? 'unknown' };
};

/**
 * Rows of a list, page by page, `list` what it is called. `ask` gets the cursor of a page, none for the first, and says that of the next, if any. Pages that lead
 * back are refused.
 */
export const everyPage = async <Row>(refusal: Refusal, list: string, ask: (cursor: string | undefined) => Promise<{ readonly rows: readonly Row[]; readonly next: string | undefined }>): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const page = await ask(cursor);
    rows.push(...page.rows);
    cursor = page.next;
    if (cursor === undefined || cursor === '') return rows;
    if (seen.has(cursor)) throw refusal(`list ${list}`, { status: 200, body: { message: 'its pages lead back to one that was there before' } });
    seen.add(cursor);
  }
};

/** Of the lists beside the entities: `items`, and the next page by `page[after]`. */
const rowsOf = ({ http, refusal }: Asking, path: string): Promise<readonly JsonObject[]> => {
  const list = path.replace(/^.*\//, '');
  return everyPage(refusal, list, async (after) => {
    const answer = await http.send('GET', `${path}?page%5Bsize%5D=100${after === undefined ? '' : `&page%5Bafter%5D=${encodeURIComponent(after)}`}`);
    const { items, page } = objectOf(answer.body);
    if (answer.status !== 200 || !Array.isArray(items)) throw refusal(`list ${list}`, answer);
    return { rows: items.filter(isObject), next: textOf(objectOf(page).next) };
  });
};

/** Every node that the control plane knows, those that it has not heard of lately too. */
export const dataPlanesOf = async (asking: Asking, { id }: ControlPlane): Promise<readonly DataPlane[]> =>
  (await rowsOf(asking, `/v2/control-planes/${id}/nodes`)).map((row) => ({
    id: textOf(row.id) ?? '?',
    version: textOf(row.version),
    hash: textOf(row.config_hash),
    fits: (textOf(objectOf(row.compatibility_status).state) ?? 'UNKNOWN').replace('COMPATIBILITY_STATE_', ''),
  }));

/** The hash that every node has which is up to date. */
export const expectedHash = async ({ http, refusal }: Asking, { id }: ControlPlane): Promise<string> => {
  const answer = await http.send('GET', `/v2/control-planes/${id}/expected-config-hash`);
  const hash = textOf(objectOf(answer.body).expected_hash);
  if (answer.status !== 200 || hash === undefined) throw refusal('say which configuration its nodes should have', answer);
  return hash;
};

/** Whether other control planes share the data planes: what they hold is in force beside ours. */
export const sharesNodes = async ({ http, refusal }: Asking, { id, sort }: ControlPlane): Promise<boolean> => {
  if (sort === 'CLUSTER_TYPE_CONTROL_PLANE_GROUP') return true;
  const answer = await http.send('GET', `/v2/control-planes/${id}/group-member-status`);
  const { is_member: member } = objectOf(answer.body);
  if (answer.status !== 200 || typeof member !== 'boolean') throw refusal('say whether it is in a group', answer);
  return member;
};
