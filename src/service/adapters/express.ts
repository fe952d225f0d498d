import { headersWith } from '../guard.ts';
import type { Granted, Guard } from '../guard.ts';
import { bodyOf, headersOf } from '../refusal.ts';
import { fromNode } from '../request.ts';
import type { NodeRequest } from '../request.ts';
import type { Claims } from '../token/claims.ts';

/** The parts of Express's response that are used. */
export interface ExpressResponse {
  readonly locals: Record<string, unknown>;
  status(status: number): unknown;
  set(headers: Readonly<Record<string, string>>): unknown;
  send(body: string): unknown;
}

/** Express 4 and 5: `app.use(guardExpress(guard))`. The handler finds what was granted by `grantedOf(response.locals)`. */
export const guardExpress =
  <Typed = Claims>(
    guard: Guard<Typed>,
  ): ((request: NodeRequest, response: ExpressResponse, next: (error?: unknown) => void) => Promise<void>) =>
  async (request, response, next) => {
    let answer;
    try {
      answer = await guard.check(fromNode(request));
    } catch (thrown) {
      next(thrown);
      return;
    }
    if (answer.ok) {
      response.locals[GRANTED] = answer;
      const told = headersWith(answer);
      if (told) response.set(told);
      next();
      return;
    }
    response.status(answer.status);
    response.set(headersOf(answer));
    response.send(bodyOf(answer));
  };

const GRANTED = 'authctl';

/** What the guard granted. Throws when no guard ran before: a handler must never work for nobody. */
export const grantedOf = <Typed = Claims>(locals: Readonly<Record<string, unknown>>): Granted<Typed> => {
  const granted = locals[GRANTED];
  if (granted === undefined) throw new Error('no guard ran before this handler');
  return granted as Granted<Typed>;
};
