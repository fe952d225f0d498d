import { headersWith } from '../guard.ts';
import type { Granted, Guard } from '../guard.ts';
import { bodyOf, headersOf } from '../refusal.ts';
import { fromNode } from '../request.ts';
import type { NodeRequest } from '../request.ts';
import type { Claims } from '../token/claims.ts';

/** The parts of `http.ServerResponse` that are used. */
export interface NodeResponse {
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(body?: string): unknown;
}

/**
 * A listener for `http.createServer`: refuses by itself, and calls the handler with what was granted. What the handler throws becomes the
 * rejection of the returned promise, as for any async listener.
 */
export const guardNode =
  <Typed = Claims, Request extends NodeRequest = NodeRequest, Response extends NodeResponse = NodeResponse>(
    guard: Guard<Typed>,
    handler: (request: Request, response: Response, granted: Granted<Typed>) => unknown,
  ): ((request: Request, response: Response) => Promise<void>) =>
  async (request, response) => {
    const answer = await guard.check(fromNode(request));
    if (answer.ok) {
      for (const [name, value] of Object.entries(headersWith(answer) ?? {})) response.setHeader(name, value);
      await handler(request, response, answer);
      return;
    }
    response.writeHead(answer.status, headersOf(answer));
    response.end(bodyOf(answer));
  };
