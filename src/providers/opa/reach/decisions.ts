import type { PolicyAnswer, Question } from '../../../access/index.ts';
import { objectOf, textOf } from '../../../core/json.ts';
import { seenOf } from '../../../core/seen.ts';
import type { Http } from '../../http.ts';
import { isYes } from '../../../service/question.ts';
import { answersTo } from '../ask.ts';
import type { Finding } from './config.ts';

/** What an OPA says to every question of the access matrix, in one request; `undefined` where it does not answer such a query. */
export const liveAnswers = async (http: Pick<Http, 'send'>, field: string, questions: readonly Question[]): Promise<ReadonlyMap<string, boolean> | undefined> => {
  const query = [...new Set(questions.map(({ decision }) => decision))].map((decision, at) => `x${at} = ${answersTo(decision)}`).join('; ');
  const { status, body } = await http.send('POST', '/v1/query', { body: { query, input: questions.map(({ key, decision, input }) => ({ key, decision, input })) }, reads: true });
  const { result } = objectOf(body);
  if (status !== 200 || !Array.isArray(result)) return undefined;
  const answered: readonly unknown[] = Object.values(objectOf(result[0])).flat();
  return new Map(answered.map((one) => [textOf(objectOf(one)['key']) ?? '', isYes(objectOf(one)['answer'], field)]));
};

/** Where the answers of an OPA are not those of the blueprint's own policy: told once for those let in, and once for those locked out. */
export function* decisionFindings(live: ReadonlyMap<string, boolean>, wanted: ReadonlyMap<string, PolicyAnswer>, questions: readonly Question[]): Generator<Finding> {
  const sayings = questions.map(({ key }) => ({ key, now: live.get(key) === true, right: wanted.get(key)?.allow === true }));
  const opened = sayings.filter(({ now, right }) => now && !right).map(({ key }) => key);
  const closed = sayings.filter(({ now, right }) => !now && right).map(({ key }) => key);
  const some = (keys: readonly string[]): string => `${keys.slice(0, 3).join(', ')}${keys.length > 3 ? ` and ${keys.length - 3} more` : ''}`;
  if (opened.length > 0) yield { kind: 'opa.decision', name: 'yes', effect: 'opens', what: `it says yes where the policy of the blueprint says no: ${some(opened)}`, seen: seenOf(opened) };
  if (closed.length > 0) yield { kind: 'opa.decision', name: 'no', effect: 'breaks', what: `it says no where the policy of the blueprint says yes: ${some(closed)}`, seen: seenOf(closed) };
}
