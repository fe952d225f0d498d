import type { JsonObject } from '../../core/json.ts';
import { masker } from '../../core/mask.ts';
import type { Secret } from '../../core/secret.ts';
import type { Fields } from '../../core/spec.ts';
import { createAdmin, DECLARATIVE } from '../../providers/kong/client.ts';
import type { EntityName } from '../../providers/kong/client.ts';
import { fieldsOfSchema } from '../../providers/kong/reach/schema-defaults.ts';
import { createHttp } from '../../providers/http.ts';

interface LiveGateway {
  readonly content: JsonObject;
  readonly store: 'database' | 'dbless';
  /** What this Kong has when nobody says anything, by entity and plugin. */
  readonly defaults: ReadonlyMap<string, Fields>;
}

/** A gateway as its Admin API shows it. Nothing is written. */
export const readGateway = async ({ url, token }: { readonly url: string; readonly token?: Secret }): Promise<LiveGateway> => {
  const http = createHttp({ target: 'kong', url, ...(token && { headers: { 'Kong-Admin-Token': token.reveal() } }) });
  try {
    const admin = createAdmin(http, { url, mask: masker(token ? [token] : []) });
    const { store } = await admin.node();
    // Targets are only listed below their upstream.
    const lists = (Object.keys(DECLARATIVE) as EntityName[]).filter((entity) => entity !== 'targets');
    const rows = Object.fromEntries(await Promise.all(lists.map(async (entity) => [DECLARATIVE[entity], await admin.list(entity)] as const)));
    const targets = (await Promise.all((rows.upstreams ?? []).map(({ id }) => admin.list(`upstreams/${id}/targets`)))).flat();
    const plugins = [...new Set((rows.plugins ?? []).map(({ name }) => `plugins/${String(name)}`))];
    const asked = await Promise.all(['services', 'routes', 'upstreams', 'targets', 'consumers', ...plugins].map(async (name) => [name, await admin.schema(name)] as const));
    return { content: { _format_version: '3.0', ...rows, targets }, store, defaults: new Map(asked.flatMap(([name, schema]) => (schema === undefined ? [] : [[name, fieldsOfSchema(schema)] as const]))) };
  } finally {
    http.close();
  }
};
