import { Problem } from '../core/problem.ts';
import { isProblemCode } from '../problems/index.ts';
import type { StackEvent } from './types.ts';

/** What the supervisor tells the `stack up` that started it. */
export type FromDaemon =
  | { readonly type: 'event'; readonly event: StackEvent }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string; readonly hint: string | undefined };

/** A Problem stays one on the other side of the pipe; anything else arrives as a bug with its stack. */
export const toFailed = (thrown: unknown): FromDaemon =>
  thrown instanceof Problem
    ? { type: 'failed', code: thrown.code, message: thrown.message, hint: thrown.hint }
    : { type: 'failed', code: undefined, message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), hint: undefined };

export const fromFailed = ({ code, message, hint }: Extract<FromDaemon, { type: 'failed' }>): Error =>
  code === undefined || !isProblemCode(code) ? new Error(message) : new Problem(code, message, { hint });
