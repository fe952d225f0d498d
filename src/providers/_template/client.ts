import { objectOf, textOf, textsOf } from '../../core/json.ts';
import type { Answer, Http } from '../http.ts';

/** A thing as the server has it. */
export interface RawThing {
  readonly name: string;
  readonly open: boolean;
  readonly tags: readonly string[];
  /** Whose it is: our mark. */
  readonly owner: string | undefined;
}

/** What the kinds work with. */
export interface TemplateClient {
  /** The blueprint's name: what the mark says. */
  readonly name: string;
  readonly things: () => Promise<readonly RawThing[]>;
  readonly put: (thing: RawThing) => Promise<void>;
  /** Deleting what is gone is success. */
  readonly remove: (name: string) => Promise<void>;
}

/** The only file that knows URLs and statuses of this server. */
export const createClient = (http: Http, name: string): TemplateClient => ({
  name,
  things: async () => {
    const { body } = expected('read the things', await http.send('GET', '/things'), [200]);
    return Array.isArray(body) ? body.map(thingOf) : [];
  },
  put: async (thing) => {
    expected(`write ${thing.name}`, await http.send('PUT', `/things/${encodeURIComponent(thing.name)}`, { body: thing }), [200, 201]);
  },
  remove: async (thing) => {
    expected(`delete ${thing}`, await http.send('DELETE', `/things/${encodeURIComponent(thing)}`), [204, 404]);
  },
});

const thingOf = (raw: unknown): RawThing => {
  const { name, open, tags, owner } = objectOf(raw);
  return { name: textOf(name) ?? '', open: open === true, tags: textsOf(tags), owner: textOf(owner) };
};

/** In a copy: a `Problem` with a code of the provider's own `problems.ts`, so that people know what to do. */
const expected = (doing: string, answer: Answer, good: readonly number[]): Answer => {
  if (!good.includes(answer.status)) throw new Error(`the server refused to ${doing}: ${answer.status}`);
  return answer;
};
