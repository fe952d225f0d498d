import { objectOf, textOf } from '../../../core/json.ts';
import type { Problem } from '../../../core/problem.ts';
import type { Http } from '../../http.ts';
import { refused } from '../../http.ts';
import { DECLARATIVE, isEntity, isSchema } from '../client.ts';
import type { Entity, EntityName, KongAdmin, ListPath } from '../client.ts';
import { readable } from '../reach/readable.ts';
import { dataPlanesOf, everyPage, findControlPlane } from './control-plane.ts';
import type { ControlPlane, KonnectTarget, Refusal } from './control-plane.ts';

/** What of the Admin API a control plane of Konnect answers, and what it is. */
export interface KonnectAdmin extends Pick<KongAdmin, 'node' | 'list' | 'schema'> {
  readonly controlPlane: () => Promise<ControlPlane>;
  readonly refusal: Refusal;
}

interface KonnectOptions {
  readonly konnect: KonnectTarget;
  readonly url: string;
  readonly at: Problem['at'];
  readonly mask: (text: string) => string;
}

/** Entities that patterns seldom make: those of which a tag says whether a list is worth reading. */
const RARE: readonly EntityName[] = ['acls', 'key-auths', 'basic-auths', 'hmac-auths', 'upstreams', 'certificates', 'ca_certificates', 'snis', 'key-sets', 'keys', 'vaults'];

/**
 * Kong's entities as the control plane of Konnect has them, below `/v2/control-planes/{id}/core-entities`. It is only read: there is no PATCH
 * (https://github.com/Kong/go-kong/pull/610), a PUT replaces every field that somebody else has set, and nothing says when all data planes have it.
 * There are no `/`, `/status`, `/tags`, `/filter-chains`, `/workspaces` and `/audit`.
 * https://developer.konghq.com/api/konnect/control-planes-config/v2/, https://github.com/Kong/sdk-konnect-go/blob/main/openapi.yaml
 */
export const createKonnectAdmin = (http: Http, { konnect, url, at, mask }: KonnectOptions): KonnectAdmin => {
  const refusal: Refusal = (doing, answer) => refused({ target: 'kong', url, mask }, doing, answer);
  let known: Promise<ControlPlane> | undefined;
  const controlPlane = (): Promise<ControlPlane> => {
    known ??= findControlPlane({ http, refusal }, konnect, at);
    known.catch(() => (known = undefined));
    return known;
  };
  const below = async (path: string): Promise<string> => `/v2/control-planes/${(await controlPlane()).id}/core-entities${path}`;

  /** By `offset`, as a list says the next one; `first` rows are enough where only the presence counts. */
  const rowsOf = (path: string, { tag, first }: { readonly tag?: string; readonly first?: number } = {}): Promise<readonly Entity[]> =>
    everyPage(refusal, path, async (offset) => {
      const query = `?size=${first ?? 1000}${tag === undefined ? '' : `&tags=${encodeURIComponent(tag)}`}${offset === undefined ? '' : `&offset=${encodeURIComponent(offset)}`}`;
      const answer = await http.send('GET', `${await below(`/${path}`)}${query}`);
      const { data, offset: next } = objectOf(answer.body);
      if (answer.status !== 200 || !Array.isArray(data) || !data.every(isEntity)) throw refusal(`list ${path}`, answer);
      return { rows: data, next: data.length < (first ?? Infinity) ? textOf(next) : undefined };
    });

  /** Which rare entities carry a tag: one row of each is enough, as `GET /tags/{tag}` would show it. */
  const carriers = async (tag: string): Promise<readonly Entity[]> => {
    const found = await Promise.all(RARE.map(async (entity) => ((await rowsOf(entity, { tag, first: 1 })).map(({ id }) => ({ id, entity_id: id, entity_name: DECLARATIVE[entity] })))));
    return found.flat();
  };

  return {
    controlPlane,
    refusal,
    node: async () => {
      const plane = await controlPlane();
      const nodes = await readable(() => dataPlanesOf({ http, refusal }, plane));
      const versions = 'why' in nodes ? [] : [...new Set(nodes.value.flatMap(({ version }) => version ?? []))].toSorted();
      // What a node has is not told; `about` asks for each plugin whether its schema is known. Nobody waits for a write here.
      return { version: versions.length === 0 ? 'Konnect' : `Konnect, data planes ${versions.join(', ')}`, store: 'database', plugins: new Set(), pluginVersions: new Map(), wasm: false, frequency: 0, spread: 0 };
    },
    list: (path: ListPath) => (path.startsWith('tags/') ? carriers(decodeURIComponent(path.slice('tags/'.length))) : rowsOf(path)),
    // Of entities there is a JSON schema only, without what Kong fills in.
    schema: async (name) => {
      if (!name.startsWith('plugins/')) return undefined;
      const answer = await http.send('GET', await below(`/schemas/plugins/${encodeURIComponent(name.slice('plugins/'.length))}`));
      if (answer.status === 404) return undefined;
      if (answer.status !== 200 || !isSchema(answer.body)) throw refusal(`describe ${name}`, answer);
      return answer.body;
    },
  };
};
