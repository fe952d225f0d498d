import type { PolicyAnswer, Question } from '../../../access/index.ts';
import { isObject, objectOf, textOf } from '../../../core/json.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Http } from '../../http.ts';
import type { Finding } from './config.ts';

/** What an OPA says to every question of the access matrix, in one request; `undefined` where it does not answer such a query. */
export const liveAnswers = async (http: Pick<Http, 'send'>, decision: string, questions: readonly Question[]): Promise<ReadonlyMap<string, boolean> | undefined> => {
  const path = decision.split('/').map((part) => `[${JSON.stringify(part)}]`).join('');
  const query = `x = [{"key": q.key, "answer": a} | some q in input; i := q.input; a := data${path} with input as i]`;
  const { status, body } = await http.send('POST', '/v1/query', { body: { query, input: questions.map(({ key, input }) => ({ key, input })) }, reads: true });
  const { result } = objectOf(body);
  if (status !== 200 || !Array.isArray(result)) return undefined;
  const { x } = objectOf(result[0]);
  return new Map(Array.isArray(x) ? x.map((one) => [textOf(objectOf(one)['key']) ?? '', saysYes(objectOf(one)['answer'])]) : []);
};

/** As the gateway's OPA plugin reads it. */
const saysYes = (answer: unknown): boolean => answer === true || (isObject(answer) && answer['allow'] === true);

/** Where the answers of an OPA are not those of the blueprint's own policy: told once for those let in, and once for those locked out. */
export function* decisionFindings(live: ReadonlyMap<string, boolean>, wanted: ReadonlyMap<string, PolicyAnswer>, questions: readonly Question[]): Generator<Finding> {
  const sayings = questions.map(({ key }) => ({ key, now: live.get(key) === true, right: wanted.get(key)?.allow === true }));
  const opened = sayings.filter(({ now, right }) => now && !right).map(({ key }) => key);
  const closed = sayings.filter(({ now, right }) => !now && right).map(({ key }) => key);
  const some = (keys: readonly string[]): string => `${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''}`;
  if (opened.length > 0) yield { kind: 'opa.decision', name: 'yes', effect: 'opens', what: `it says yes where the policy of the blueprint says no: ${some(opened)}`, seen: seenOf(opened) };
  if (closed.length > 0) yield { kind: 'opa.decision', name: 'no', effect: 'breaks', what: `it says no where the policy of the blueprint says yes: ${some(closed)}`, seen: seenOf(closed) };
}
