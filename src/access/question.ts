import type { Blueprint } from '../blueprint/types.ts';
import { answerField } from '../service/question.ts';
import type { QuestionShape } from '../service/question.ts';

export { isYes } from '../service/question.ts';

/** In which shape the blueprint has its policy asked, by the gateway and by services alike. */
export const shapeOf = ({ name, authorization: { input, fields } }: Blueprint): QuestionShape => ({
  input,
  ...(input === 'mapping' && { fields }),
  ...(input === 'kong' && { blueprint: name }),
});

/** The field of an answer that says yes. */
export const answerOf = ({ authorization: { input, answer } }: Blueprint): string => answer ?? answerField({ input });

/** `shop/authz`: what is asked about the routes of a service. */
export const decisionOf = ({ authorization, services }: Pick<Blueprint, 'authorization' | 'services'>, service: string): string =>
  (Object.hasOwn(services, service) ? services[service]?.decision : undefined) ?? authorization.decision ?? '';

/** Every decision that is asked: the blueprint's own first, then those of services. */
export const decisionsOf = ({ authorization, services }: Pick<Blueprint, 'authorization' | 'services'>): readonly string[] => [
  ...new Set([authorization.decision, ...Object.values(services).map(({ decision }) => decision)].filter((decision) => decision !== undefined)),
];

/** What OPA's configuration calls the bundle that is asked: the blueprint's name, or that of a bundle which somebody else publishes. */
export const bundleName = ({ name, authorization: { bundle } }: Pick<Blueprint, 'name' | 'authorization'>): string => bundle?.name ?? name;

/** The token itself is part of the question, which whoever logs decisions keeps. */
export const tokenInQuestion = ({ authorization: { input } }: Blueprint): boolean => input === 'envoy' || input === 'kong';
