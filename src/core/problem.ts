import type { ProblemCode } from '../problems/index.ts';

/** A place in a blueprint: `line` and `column` count from 1, as editors do. `length` is in characters, for the marker under it. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

/** What a problem means for the exit code: `unreachable` is 3 (nothing is known), everything else is 1 (could not do it). */
type ProblemNature = 'fixable' | 'unreachable';

interface ProblemDetail {
  readonly at?: Position | undefined;
  /** The next thing to do, as a sentence or a command. */
  readonly hint?: string | undefined;
  /** What would have been right here. */
  readonly expected?: string | undefined;
  readonly nature?: ProblemNature;
  /** The line it points to holds a secret: no report may quote it, nor any neighbour that would show it. */
  readonly sensitive?: boolean;
  readonly cause?: unknown;
}

/**
 * Something a person can fix: a stable `code` (UPPER_SNAKE, tests match it), the place, the next step.
 * Anything that is not a `Problem` is a bug and keeps its stack. The message never holds a secret.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly at: Position | undefined;
  readonly hint: string | undefined;
  readonly expected: string | undefined;
  readonly nature: ProblemNature;
  readonly sensitive: boolean;

  constructor(code: ProblemCode, message: string, detail: ProblemDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'Problem';
    this.code = code;
    this.at = detail.at;
    this.hint = detail.hint;
    this.expected = detail.expected;
    this.nature = detail.nature ?? 'fixable';
    this.sensitive = detail.sensitive ?? false;
  }

  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      ...(this.at && { at: this.at }),
      ...(this.expected && { expected: this.expected }),
      ...(this.hint && { hint: this.hint }),
      ...(this.nature === 'unreachable' && { unreachable: true }),
    };
  }
}

/** Several problems found in one pass: they are shown together, never one at a time. */
export class Problems extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ code, message }) => `${code}: ${message}`).join('\n'));
    this.name = 'Problems';
    this.problems = problems;
  }
}

/** The problems inside whatever was thrown, or `undefined` when it is a bug. */
export const problemsOf = (thrown: unknown): readonly Problem[] | undefined =>
  thrown instanceof Problem ? [thrown] : thrown instanceof Problems ? thrown.problems : undefined;

/** OpenSSL's reasons not to trust a certificate that an own certificate authority would make good; Node.js gives them as codes. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A target that did not answer: nothing is known about it, so the exit code is 3. */
export const unreachable = (target: string, url: string, cause: unknown, at?: Position): Problem =>
  new Problem('TARGET_UNREACHABLE', `${target} did not answer at ${url}: ${reason(cause)}`, {
    at,
    cause,
    nature: 'unreachable',
    hint: UNTRUSTED.has(reason(cause))
      ? `its certificate is of an authority that is not known here: name the file of that authority in NODE_EXTRA_CA_CERTS`
      : /^issuers?(\.|$)/.test(target) ? `is ${target}.url right, and can it be reached from here?` : target === 'bundle' ? 'is the address in authorization.bundle right, and can it be reached from here?' : `is it running, and is targets.${target} right? "authctl stack up" starts a local one`,
  });

/** The short reason of a failed connection (`ECONNREFUSED`, `timeout of 5000ms exceeded`), without a stack. */
export const reason = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as NodeJS.ErrnoException).code;
  const inner = cause.cause instanceof Error ? reason(cause.cause) : undefined;
  return code ?? inner ?? cause.message;
};
