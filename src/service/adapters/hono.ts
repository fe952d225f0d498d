import { headersWith } from '../guard.ts';
import type { Granted, Guard } from '../guard.ts';
import { bodyOf, headersOf } from '../refusal.ts';
import { fromWeb } from '../request.ts';
import type { WebRequest } from '../request.ts';
import type { Claims } from '../token/claims.ts';

/** The parts of Hono's context that are used. */
export interface HonoContext {
  readonly req: { readonly raw: WebRequest };
  set(name: 'granted', value: unknown): void;
  header(name: string, value: string): void;
}

/**
 * Hono 4: `app.use(guardHono(guard))`. The handler finds what was granted by `context.get('granted')`; declare it in the app's
 * `Variables`.
 */
export const guardHono =
  <Typed = Claims>(guard: Guard<Typed>): ((context: HonoContext, next: () => Promise<void>) => Promise<Response | undefined>) =>
  async (context, next) => {
    const answer = await guard.check(fromWeb(context.req.raw));
    if (!answer.ok) return new Response(bodyOf(answer), { status: answer.status, headers: headersOf(answer) });
    context.set('granted', answer satisfies Granted<Typed>);
    for (const [name, value] of Object.entries(headersWith(answer) ?? {})) context.header(name, value);
    await next();
    return undefined;
  };
