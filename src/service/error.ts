/** Every failure of this module that is not an answer to a request: a stable `code` to match, a message without secrets. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ServiceError';
    this.code = code;
  }
}

export type ServiceErrorCode =
  /** An option that can never work; thrown when the verifier, decider or guard is made. */
  | 'SERVICE_OPTION_INVALID'
  /** The issuer's keys could not be had: nothing can be said about any token. */
  | 'KEYS_UNAVAILABLE'
  | 'BUNDLE_UNREACHABLE'
  | 'BUNDLE_MALFORMED'
  | 'BUNDLE_SIGNATURE_INVALID'
  | 'BUNDLE_ENTRYPOINT_MISSING'
  /** The policy calls a builtin that this runtime does not have. */
  | 'BUNDLE_BUILTIN_MISSING';

export const invalidOption = (message: string): ServiceError => new ServiceError('SERVICE_OPTION_INVALID', message);

/** The short reason of anything thrown: `ECONNREFUSED`, or the first line of a message. Never a stack. */
export const reasonOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) {
    const message = (thrown as { message?: unknown } | null | undefined)?.message ?? thrown;
    return typeof message === 'string' ? message : typeof message;
  }
  const code = (thrown as NodeJS.ErrnoException).code;
  if (thrown.cause instanceof Error && !(thrown instanceof ServiceError)) return reasonOf(thrown.cause);
  return (typeof code === 'string' && !(thrown instanceof ServiceError) ? code : thrown.message).split('\n', 1)[0] ?? '';
};
