import { problemsOf } from '../../../core/problem.ts';

/** What was read, or why it could not be: what is not looked at is told, and the rest counts all the same. */
export const readable = async <Value>(read: () => Promise<Value>): Promise<{ readonly value: Value } | { readonly why: string }> => {
  try {
    return { value: await read() };
  } catch (thrown) {
    const problems = problemsOf(thrown);
    if (problems === undefined) throw thrown;
    return { why: problems.map(({ message }) => message).join('; ') };
  }
};
