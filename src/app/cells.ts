import { answerOf, matrixOf, questionsOf } from '../access/index.ts';
import type { AsFound, Cell, Part, PolicyAnswer } from '../access/index.ts';
import type { Blueprint } from '../blueprint/types.ts';
import { groupBy } from '../core/collections.ts';
import { Problem } from '../core/problem.ts';
import { askPolicy } from '../providers/opa/ask.ts';

export interface Asking {
  /** Without one the roles of the blueprint stand for the policy. */
  readonly opa: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** A policy that fails to evaluate says no to everything, as it does at the gateway. */
  readonly lenient?: boolean;
}

/** A blueprint, and the policy that is asked in it; of some of its cells alone where a part is stated. */
export type World = Pick<AsFound, 'blueprint' | 'policy'> & Partial<Pick<AsFound, 'unasked'>> & { readonly part?: Part };

/** The matrix of each, in their order. One that asks the same policy the same thing as another does not ask it again. */
export const cellsOf = async (worlds: readonly World[], { opa, ...asking }: Asking): Promise<readonly (readonly Cell[])[]> => {
  if (opa === undefined) return worlds.map(({ blueprint, part }) => matrixOf(blueprint, undefined, part).cells);
  const now = Math.floor(Date.now() / 1000);
  const asked = worlds.map((world) => ({ ...world, questions: questionsOf(world.blueprint, now, world.part).map((question) => ({ ...question, key: JSON.stringify([question.decision, question.input]), cell: question.key })) }));
  const keyOf = policyKeys();
  const policies = groupBy(asked, ({ policy }) => keyOf(policy));
  const answers = new Map(
    await Promise.all(
      [...policies].map(async ([policy, its]) => {
        const questions = new Map(its.flatMap((one) => one.questions.map((question) => [question.key, question] as const)));
        return [policy, await answersOf(its[0], [...questions.values()], opa, asking)] as const;
      }),
    ),
  );
  return asked.map(({ blueprint, policy, unasked, part, questions }) => {
    const said = answers.get(keyOf(policy));
    const known = questions.flatMap(({ key, cell, route }): readonly (readonly [string, PolicyAnswer])[] => {
      const answer = unasked?.has(route) === true ? { allow: true, reasons: [] } : said?.get(key);
      return answer ? [[cell, answer]] : [];
    });
    return matrixOf(blueprint, new Map(known), part).cells;
  });
};

/** Which policies are the same. Each text counts by a number: there may be megabytes of it, in as many worlds as a plan has changes. */
const policyKeys = (): ((policy: AsFound['policy']) => string) => {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  return (policy) => JSON.stringify(Object.entries(policy).map(([file, text]) => [file, numberOf(text)]));
};

const answersOf = async (
  world: { readonly blueprint: Blueprint; readonly policy: AsFound['policy'] } | undefined,
  questions: Parameters<typeof askPolicy>[2],
  opa: string,
  { env, lenient = false }: Omit<Asking, 'opa'>,
): Promise<ReadonlyMap<string, PolicyAnswer>> => {
  if (world === undefined) return new Map();
  const { blueprint, policy: files } = world;
  const policy = { files, answer: answerOf(blueprint), at: blueprint.at('authorization.policy'), directory: blueprint.authorization.policy };
  return askPolicy(opa, policy, questions, env).catch((thrown: unknown) => {
    if (lenient && thrown instanceof Problem && thrown.code !== 'OPA_OFFLINE') return new Map<string, PolicyAnswer>();
    throw thrown;
  });
};
