import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

/**
 * The words of a problem: tests match its code, its place and the presence of a hint, never the wording. Everything else in a file is changed.
 * Messages of plain errors are bugs, which nobody reads twice. The same goes for why a verdict is what it is, and for how its evidence names a request.
 */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'words', {
    shouldIgnore(path) {
      if (!path.isStringLiteral() && !path.isTemplateLiteral() && !path.isTemplateElement()) return undefined;
      const parent = path.parentPath;
      const isWords = (/** @type {any} */ node) => node?.isNewExpression?.() && /^(Problem|Error|TypeError|ServiceError)$/.test(node.node.callee.name ?? '');
      // new Problem(CODE, message, …): the code itself stays under test.
      if (isWords(parent)) {
        const first = parent.node.callee.name === 'Problem' || parent.node.callee.name === 'ServiceError' ? 1 : 0;
        return parent.node.arguments.indexOf(path.node) >= first ? 'words of a problem' : undefined;
      }
      const property = path.findParent((one) => one.isObjectProperty());
      if (property && /^(hint|expected|message|what|why|label)$/.test(property.node.key.name ?? '')) return 'words of a problem';
      return undefined;
    },
  }),
];
