/** A value that a server sent or a library threw, as a mapping; empty when it is none. */
export const recordOf = (value: unknown): Readonly<Record<string, unknown>> => (typeof value === 'object' && value !== null ? { ...value } : {});

/** The one field of it, when that is a text. */
export const textIn = (value: unknown, field: string): string | undefined => {
  const held = typeof value === 'object' && value !== null && field in value ? Reflect.get(value, field) : undefined;
  return typeof held === 'string' ? held : undefined;
};

/** Node's code of a failure: `ECONNREFUSED`, `ENOENT`. */
export const errnoOf = (thrown: unknown): string | undefined => textIn(thrown, 'code');

/** The status of the answer that an AWS SDK made an error of; none when there was no answer. */
export const statusOf = (thrown: unknown): number | undefined => {
  const status = recordOf(recordOf(thrown)['$metadata'])['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
};
