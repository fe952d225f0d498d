import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { normalise } from '../../../../infra/stand-ins/src/kong/proxy/path.ts';
import { inOrder, rulesOf, winnerOf } from '../../../../src/providers/kong/reach/router.ts';
import { kong } from '../../../../src/providers/kong/specs/index.ts';

type Pairs = readonly (readonly [string, string])[];
interface Row extends Readonly<Record<string, unknown>> { readonly id: string; readonly name: string; readonly service?: { readonly id: string } | null; readonly paths?: readonly string[]; readonly strip_path?: boolean }
interface Recording {
  readonly gateway: string;
  readonly cases: readonly { readonly id: string; readonly send: { readonly method: string; readonly path: string; readonly headers: Pairs }; readonly want: { readonly status: number; readonly upstream?: { readonly url: string } } }[];
}
interface Gateway { readonly routes: readonly Row[]; readonly services: readonly { readonly id: string; readonly enabled?: boolean }[] }
const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../../data/kong/dataplane/${name}`, import.meta.url), 'utf8')) as T;

/** What a genuine Kong 3.9.3 answered says which route took a request: none (404), and below which path its upstream was asked. */
it("the model of Kong's router finds the route by which a genuine Kong answered, in every recorded request", () => {
  let [taken, refused] = [0, 0];
  for (const group of ['jwt', 'acl', 'other', 'accept']) {
    const { gateway, cases } = read<Recording>(`${group}.json`);
    const { routes, services } = read<Gateway>(gateway);
    // A route of a service that is switched off is not there at all.
    const rows = routes.filter(({ service }) => services.find(({ id }) => id === service?.id)?.enabled !== false);
    const rules = inOrder(rows.flatMap((row) => rulesOf({ ...kong.route.desired([row.name], { spec: row as never, after: [], origin: { file: '', line: 1, column: 1 } }), ref: row.id } as never)));
    for (const { id, send, want } of cases) {
      const [path = ''] = send.path.split('?');
      const headers = Object.fromEntries(send.headers.map(([name, value]) => [name.toLowerCase(), value]));
      const winner = winnerOf(rules, { method: send.method, host: headers['host'] ?? '127.0.0.1:8000', path: normalise(path), headers });
      const nobody = want.status === 404;
      expect([id, winner === undefined]).toEqual([id, nobody]);
      if (nobody) refused += 1;
      const url = want.upstream?.url;
      if (winner === undefined || url === undefined) continue;
      taken += 1;
      const { paths: [stripped = ''] = [], strip_path: strips } = rows.find(({ name }) => name === winner.route.id) ?? {};
      const rest = strips === true ? normalise(path).slice(stripped.length).replace(/^\/?/, '/') : path;
      expect([id, url.split('?')[0]]).toEqual([id, rest]);
    }
  }
  expect({ taken, refused }).toEqual({ taken: 60, refused: 13 });
});
