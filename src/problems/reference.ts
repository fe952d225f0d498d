import { problemSections } from './index.ts';
import type { ProblemMeaning } from './problem-meaning.ts';

/** docs/errors.md: every code with its meaning and what to do. */
export const problemReference = (): string => {
  const sections = Object.entries<Readonly<Record<string, ProblemMeaning>>>(problemSections);
  return [
    '# Errors',
    '',
    'Every problem has a code that stays, the place in the blueprint where there is one, what was expected, and the next thing to do. The code is the',
    'same in every format (`--json`, SARIF, JUnit, GitHub). What is below holds in general; a problem itself says it for the case.',
    '',
    'This page is made from the registry in `src/problems` by `npm run generate`; a test holds it to that.',
    ...sections.flatMap(([title, codes]) => [
      '',
      `## ${title}`,
      '',
      '| code | what it means | what to do |',
      '| --- | --- | --- |',
      ...Object.entries(codes).map(([code, { meaning, next }]) => `| \`${code}\` | ${cell(meaning)} | ${cell(next)} |`),
    ]),
    '',
  ].join('\n');
};

const cell = (text: string): string => text.replaceAll('|', '\\|');
