import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { posix, sep } from 'node:path';
import ts from 'typescript';

/**
 * A declaration at the top of a file, or an element of a list there (one check of a catalogue): what a sample takes or leaves as a whole.
 * @param {ts.SourceFile} source
 * @returns {{ name: string, node: ts.Node }[]}
 */
const declarations = (source) =>
  source.statements.flatMap((statement, at) => {
    if (ts.isImportDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement)) return [];
    const [variable] = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
    const list = variable?.initializer;
    const name = variable?.name.getText() ?? (ts.isFunctionDeclaration(statement) ? statement.name?.text : undefined) ?? `${at}`;
    if (!list || !ts.isArrayLiteralExpression(list)) return [{ name, node: statement }];
    // By its id where it has one, so that a check that is added leaves the others in the sample or out of it.
    return list.elements.map((node, place) => ({ name: /\bid: '([^']+)'/.exec(node.getText())?.[1] ?? `${name}.${place}`, node }));
  });

/**
 * One declaration in `oneIn` of those in a folder, as ranges that Stryker takes: `src/checks/runner.ts:10:0-20:3`. Which ones is decided by path
 * and name alone: the same ones today and tomorrow.
 * @param {string} folder
 * @param {number} oneIn
 */
export const sample = (folder, oneIn) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => posix.join(folder, ...path.split(sep)))
    .toSorted()
    .flatMap((path) => {
      const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
      const place = (/** @type {number} */ offset) => {
        const { line, character } = source.getLineAndCharacterOfPosition(offset);
        return `${line + 1}:${character}`;
      };
      return declarations(source)
        .filter(({ name }) => createHash('sha256').update(`${path} ${name}`).digest().readUInt32BE() % oneIn === 0)
        .map(({ node }) => `${path}:${place(node.getStart())}-${place(node.getEnd())}`);
    });
