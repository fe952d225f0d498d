import { relative } from 'node:path';

const LONGEST = 200;

/** One line that a terminal and a log's reader take for text: no control character, no command to GitHub, not without end. */
const calm = (/** @type {string} */ text) => {
  const first = text.replace(/\u001b\[[\d;]*m/g, '').trimStart().split(/[\r\n\u2028\u2029]/)[0] ?? '';
  const line = first.replace(/[\p{Cc}\p{Cf}]/gu, ' ').replaceAll('##[', '#\\#[').trimEnd();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

/**
 * What failed, a line each, so that the end of a log says it alone: project, file, test, and the first line of why. A file whose tests never ran
 * (it did not load, its set-up failed) is one line.
 * @param {string} project
 * @param {{ testResults: readonly { name: string, status: string, message?: string, assertionResults: readonly { status: string, fullName: string, ancestorTitles?: readonly string[], title?: string, failureMessages?: readonly string[] | null }[] }[] }} result as vitest's JSON reporter writes it
 * @param {string} root
 * @returns {string[]}
 */
export const failures = (project, { testResults }, root) =>
  testResults.flatMap(({ name, status, message = '', assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [`${project}: ${calm(file)}: ${calm(message) || 'a set-up failed, as said above'}`] : [];
    return failed.map(({ fullName, ancestorTitles, title, failureMessages }) => {
      const names = ancestorTitles && title !== undefined ? [...ancestorTitles, title] : [fullName];
      return `${project}: ${[file, ...names].map(calm).join(' > ')}: ${calm(failureMessages?.[0] ?? '')}`;
    });
  });
