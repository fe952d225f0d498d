import { readdirSync, readFileSync } from 'node:fs';
import { posix, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Why a file outside the room reads the field itself. */
const MAY: Readonly<Record<string, string>> = {
  'src/patterns/realm.ts: roles': 'it writes accounts as they are stated',
  'src/blueprint/checks/realm.ts: roles': 'it holds the names against those that are declared',
  'src/import/proposal.ts: expect': 'it writes a proposal for people to read, and decides nothing by it',
};

/** What only `src/access` may look at: the roles of people and clients, the matrix of `expect`, the name of the authorization pattern. */
const answersIn = (path: string, text: string): readonly string[] => {
  // Nothing is found below without one of these words, and to take a file apart costs more than to search it.
  if (!/expect|roles|centralised|hybrid|pattern/i.test(text)) return [];
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'expect') found.add('expect');
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'roles' && isSomebody(node.expression)) found.add('roles');
    if (ts.isBindingElement(node) && (node.propertyName ?? node.name).getText() === 'roles' && isSomebody(sourceOf(node))) found.add('roles');
    if (ts.isStringLiteral(node) && /^(centralised|decentralised|hybrid)$/.test(node.text)) found.add('pattern');
    if (ts.isBinaryExpression(node) && [node.left, node.right].some((side) => ts.isStringLiteral(side) && side.text === 'none') && /pattern$/i.test(node.left.getText()))
      found.add('pattern');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return [...found].map((what) => `${path}: ${what}`);
};

/** `persona`, `client`, `personas[who]`, `Object.values(realm.clients)`: whoever has roles. */
const isSomebody = (node: ts.Node | undefined): boolean => node !== undefined && /\b(personas?|clients?)\b(?!\.length)/i.test(node.getText().replaceAll(/\(\{.*$/gs, ''));

/** What a destructured field is taken from: the initializer, the type of the parameter, or what the callback is called on. */
const sourceOf = (element: ts.BindingElement): ts.Node | undefined => {
  let node: ts.Node = element;
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node)) node = node.parent;
  if (ts.isVariableDeclaration(node)) return node.initializer ?? node.type;
  if (!ts.isParameter(node)) return undefined;
  if (node.type) return node.type;
  return ts.isCallExpression(node.parent.parent) ? node.parent.parent.expression : undefined;
};

const isHome = (path: string): boolean => /^src\/(access|service)\//.test(path) || /^src\/blueprint\/(?!checks\/)/.test(path);

describe('the search', () => {
  it.each([
    ['roles', 'const held = blueprint.personas[who]?.roles ?? [];'],
    ['roles', 'const write = (persona: Persona) => persona.roles;'],
    ['roles', 'const { roles } = realm.clients[id];'],
    ['roles', 'Object.values(personas).map(({ roles }) => roles);'],
    ['roles', 'const write = ({ roles: given }: Persona) => given;'],
    ['expect', 'const may = blueprint.expect[who]?.[service];'],
    ['expect', 'const rows = ({ expect }: Blueprint) => Object.keys(expect);'],
    ['pattern', "const asks = authorization.pattern === 'hybrid';"],
    ['pattern', "const asks = ['centralised', 'hybrid'].includes(pattern);"],
    ['pattern', "if (pattern !== 'none') ask();"],
  ])('finds who answers by %s: %s', (what, code) => {
    expect(answersIn('src/x.ts', code)).toEqual([`src/x.ts: ${what}`]);
  });

  it.each([
    'const lacks = route.roles.some((role) => held.has(role));',
    'const { roles } = demands;',
    "if (token.relay === 'none') leave();",
    'const table = { hybrid: policyPart };',
    "findings.add('BLUEPRINT_EXPECT', ['expect', row]);",
  ])('leaves alone: %s', (code) => {
    expect(answersIn('src/x.ts', code)).toEqual([]);
  });
});

describe('who may pass', () => {
  it('is answered in src/access alone: a new way to a role, a new pattern, is then told in one place', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .map((path) => `src/${path.split(sep).join(posix.sep)}`)
      .filter((path) => path.endsWith('.ts') && !isHome(path));
    expect(files.length).toBeGreaterThan(200);
    // A provider reads what its server holds of a client or user: that is no answer yet.
    const found = files.flatMap((path) => answersIn(path, readFileSync(path, 'utf8'))).filter((one) => !/^src\/providers\/.*: roles$/.test(one));
    expect(found.toSorted()).toEqual(Object.keys(MAY).toSorted());
  });
});
