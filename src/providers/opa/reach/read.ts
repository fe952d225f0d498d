import { isUnder } from '../../../blueprint/rego.ts';
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
  /** What stands below `data`, without what it holds: its first names, and in the place of one that the root of a bundle begins with those below it. */
  readonly data: readonly string[] | undefined;
  readonly unseen: readonly Unseen[];
}

/** `data["envoy"]["extra"]`, of `envoy/extra`. */
const refOf = (path: string): string => ['data', ...path.split('/').filter((name) => name !== '').map((name) => `[${JSON.stringify(name)}]`)].join('');
/** `{"envoy/extra": data["envoy"]["extra"]}` */
const refsTo = (paths: readonly string[]): string => `{${paths.map((path) => `${JSON.stringify(path)}: ${refOf(path)}`).join(', ')}}`;

/** Names alone: what is in the data of an OPA is nobody's business here. What is `false` has a name, too. */
const NAMES = 'x = {"bundles": {n: object.get(b, ["manifest", "roots"], [""]) | some n; b := data.system.bundles[n]}, "data": [k | _ = data[k]]}';
const namesBelow = (paths: readonly string[]): string => `x = {${paths.map((path) => `${JSON.stringify(path)}: [k | _ = ${refOf(path)}[k]]`).join(', ')}}`;

/** `company`, `company/http` of the root `company/http/authz`: what is below them is partly a bundle's. */
const parentsOf = (roots: readonly string[]): readonly string[] => [
  ...new Set(roots.flatMap((root) => root.split('/').slice(0, -1).map((_, at) => root.split('/').slice(0, at + 1).join('/')))),
];

/** Each parent with what is below it in its place. */
const pathsIn = (names: readonly string[], below: Readonly<Record<string, unknown>>, under = ''): readonly string[] =>
  names.flatMap((name) => {
    const path = `${under}${name}`;
    return Object.hasOwn(below, path) ? pathsIn(textsOf(below[path]), below, `${path}/`) : [path];
  });

/** What stands at some paths, as fingerprints that OPA itself makes: what is in it stays there. */
export const digestsOf = async (http: Pick<Http, 'send'>, paths: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  if (paths.length === 0) return new Map();
  const query = `x = {n: crypto.sha256(json.marshal(v)) | some n, v in ${refsTo(paths)}}`;
  const { status, body } = await http.send('POST', '/v1/query', { body: { query }, reads: true });
  const { result } = objectOf(body);
  const { x } = objectOf(status === 200 && Array.isArray(result) ? result[0] : undefined);
  return new Map(Object.entries(objectOf(x)).map(([path, digest]) => [path, String(digest)]));
};

/**
 * Those of some paths at which there is nothing but empty objects. OPA leaves them where a bundle was that had a root deeper down (`company/http`) and
 * has it no more: nobody put them there, and nothing is in them.
 */
const hollowOf = async (http: Pick<Http, 'send'>, paths: readonly string[]): Promise<readonly string[]> => {
  if (paths.length === 0) return [];
  const query = `x = [n | some n, v in ${refsTo(paths)}; is_object(v); count([1 | walk(v, [_, w]); not is_object(w)]) == 0]`;
  const { status, body } = await http.send('POST', '/v1/query', { body: { query }, reads: true });
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
  const rooted = [...(bundles?.values() ?? [])].flat();
  const parents = parentsOf(rooted);
  const below = named && parents.length > 0 ? await ask('the names of data below those of bundles', http.send('POST', '/v1/query', { body: { query: namesBelow(parents) }, reads: true })) : undefined;
  const data = named && pathsIn(textsOf(named['data']), objectOf(Array.isArray(below) ? objectOf(below[0])['x'] : undefined));
  const hollow = await hollowOf(http, data?.filter((path) => path !== 'system' && !rooted.some((root) => isUnder([path], root) || isUnder([root], path))) ?? []);
  return {
    url,
    config: isObject(config) ? config : undefined,
    modules: Array.isArray(policies) ? policies.map(moduleOf) : undefined,
    bundles,
    data: data?.filter((path) => !hollow.includes(path)),
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
