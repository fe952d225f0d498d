import type { Blueprint } from '../blueprint/types.ts';
import type { Check } from '../checks/contract.ts';
import { isRouteSubject, outcomeOf } from '../checks/contract.ts';
import type { Rehearsal } from '../explain/check.ts';
import { recordingKit } from './recording-kit.ts';

/**
 * Runs a check on its first route with a kit that writes down what would be sent and answers 401 to everything. Tokens are made up on the
 * spot by a key that nobody trusts. Only checks about routes: they reach the world through the kit alone. `undefined` for the others.
 */
export const rehearse = async (check: Check, blueprint: Blueprint): Promise<Rehearsal | undefined> => {
  const [subject] = check.subjects(blueprint).filter(isRouteSubject);
  if (subject === undefined) return undefined;
  const requests: string[] = [];
  let complete = true;
  try {
    const { status } = await outcomeOf(check, subject, recordingKit(blueprint, { note: ({ words }) => requests.push(words) }));
    // It could not judge by these answers, so with others it might have gone on.
    complete = status !== 'inconclusive' && status !== 'skipped';
  } catch {
    // A check that goes on only after a real answer stops here; what it had sent so far stands.
    complete = false;
  }
  return { subject: subject.name, requests: [...new Set(requests)], complete };
};
