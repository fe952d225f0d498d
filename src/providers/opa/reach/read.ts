import { isObject, objectOf, textOf } from '../../../core/json.ts';
import type { Unseen } from '../../../core/resource.ts';
import type { Http } from '../../http.ts';

interface Module {
  readonly id: string;
  /** `["shop", "authz"]` */
  readonly package: readonly string[];
  readonly raw: string;
}

/** What one OPA says of itself; a part is `undefined` where it did not tell. */
export interface Holdings {
  readonly url: string;
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly modules: readonly Module[] | undefined;
  /** The roots of every bundle that is active, by its name; `""` is everything. */
  readonly bundles: ReadonlyMap<string, readonly string[]> | undefined;
  /** The first names below `data` that hold anything, without what they hold. */
  readonly data: readonly string[] | undefined;
  readonly unseen: readonly Unseen[];
}

/** Names alone: what is in the data of an OPA is nobody's business here. */
const NAMES = 'x = {"bundles": {n: object.get(b, ["manifest", "roots"], [""]) | some n; b := data.system.bundles[n]}, "data": [k | data[k]]}';

/** What stands under some names, as fingerprints that OPA itself makes: what is in it stays there. */
export const digestsOf = async (http: Pick<Http, 'send'>, names: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  if (names.length === 0) return new Map();
  const query = 'x = {n: crypto.sha256(json.marshal(data[n])) | some n in input}';
  const { status, body } = await http.send('POST', '/v1/query', { body: { query, input: names }, reads: true });
  const { result } = objectOf(body);
  const { x } = objectOf(status === 200 && Array.isArray(result) ? result[0] : undefined);
  return new Map(Object.entries(objectOf(x)).map(([name, digest]) => [name, String(digest)]));
};

/**
 * Those of some names under which there is nothing but empty objects. OPA leaves them where a bundle was that had a root deeper down (`company/http`) and
 * has it no more: nobody put them there, and nothing is in them.
 */
const hollowOf = async (http: Pick<Http, 'send'>, names: readonly string[]): Promise<readonly string[]> => {
  if (names.length === 0) return [];
  const query = 'x = [n | some n in input; is_object(data[n]); count([1 | walk(data[n], [_, v]); not is_object(v)]) == 0]';
  const { status, body } = await http.send('POST', '/v1/query', { body: { query, input: names }, reads: true });
  const { result } = objectOf(body);
  return textsOf(objectOf(status === 200 && Array.isArray(result) ? result[0] : undefined)['x']);
};

export const readHoldings = async (http: Pick<Http, 'send'>, url: string): Promise<Holdings> => {
  const unseen: Unseen[] = [];
  const ask = async (what: string, asking: ReturnType<Http['send']>): Promise<unknown> => {
    const { status, body } = await asking;
    if (status === 200) return objectOf(body)['result'];
    unseen.push({ target: 'opa', what: `${what} of ${url}`, why: status === 401 || status === 403 ? 'its authorization does not let this login read it' : `it answers HTTP ${status}` });
    return undefined;
  };
  const [config, policies, names] = await Promise.all([
    ask('the configuration', http.send('GET', '/v1/config')),
    ask('the policies', http.send('GET', '/v1/policies')),
    ask('the names of bundles and data', http.send('POST', '/v1/query', { body: { query: NAMES }, reads: true })),
  ]);
  const named = Array.isArray(names) ? objectOf(objectOf(names[0])['x']) : undefined;
  const bundles = named && new Map(Object.entries(objectOf(named['bundles'])).map(([name, roots]) => [name, textsOf(roots)]));
  const data = named && textsOf(named['data']);
  const rooted = new Set([...(bundles?.values() ?? [])].flat().map((root) => root.split('/')[0]));
  const hollow = await hollowOf(http, data?.filter((name) => name !== 'system' && !rooted.has(name)) ?? []);
  return {
    url,
    config: isObject(config) ? config : undefined,
    modules: Array.isArray(policies) ? policies.map(moduleOf) : undefined,
    bundles,
    data: data?.filter((name) => !hollow.includes(name)),
    unseen,
  };
};

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);

const moduleOf = (given: unknown): Module => {
  const { id, ast, raw } = objectOf(given);
  const { path } = objectOf(objectOf(ast)['package']);
  const terms = Array.isArray(path) ? path.slice(1).map((term) => textOf(objectOf(term)['value']) ?? '') : [];
  return { id: textOf(id) ?? '', package: terms, raw: textOf(raw) ?? '' };
};
