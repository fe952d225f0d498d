import { headersWith } from '../guard.ts';
import type { Granted, Guard } from '../guard.ts';
import { bodyOf, headersOf } from '../refusal.ts';
import { fromNode } from '../request.ts';
import type { NodeRequest } from '../request.ts';
import type { Claims } from '../token/claims.ts';

/** The parts of Fastify's request and reply that are used. */
export interface FastifyRequestLike {
  readonly raw: NodeRequest;
}
export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Readonly<Record<string, string>>): unknown;
  send(body: string): unknown;
}

/**
 * A hook for Fastify 4 and 5: `app.addHook('onRequest', hook)`. The handler finds what was granted by `granted(request)`, which throws
 * when no guard ran before it.
 */
export const guardFastify = <Typed = Claims>(
  guard: Guard<Typed>,
): {
  readonly hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;
  readonly granted: (request: FastifyRequestLike) => Granted<Typed>;
} => {
  // By the raw request, so that no decorator has to be declared and no plugin's scope hides it.
  const kept = new WeakMap<NodeRequest, Granted<Typed>>();
  return {
    hook: async (request, reply) => {
      const answer = await guard.check(fromNode(request.raw));
      if (answer.ok) {
        kept.set(request.raw, answer);
        const told = headersWith(answer);
        if (told) reply.headers(told);
        return undefined;
      }
      reply.code(answer.status);
      reply.headers(headersOf(answer));
      reply.send(bodyOf(answer));
      // An async hook that has answered returns the reply, or Fastify goes on.
      return reply;
    },
    granted: (request) => {
      const granted = kept.get(request.raw);
      if (!granted) throw new Error('no guard ran before this handler');
      return granted;
    },
  };
};
