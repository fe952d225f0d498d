import { isObject, objectOf, textOf } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';

/** What a value of a template comes to: a text, or the names that it hangs on and that nobody here knows. */
export type Resolved = { readonly text: string } | { readonly open: readonly string[] };

/** Functions of templates in their long form: `!Sub` is read as `Fn::Sub`, `!Ref` as `Ref`. */
export const SHORT_FORMS = ['Ref', 'Condition', 'Base64', 'Cidr', 'FindInMap', 'GetAtt', 'GetAZs', 'ImportValue', 'Join', 'Select', 'Split', 'Sub', 'Transform', 'And', 'Equals', 'If', 'Not', 'Or'] as const;
export const longForm = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

const functionIn = (value: unknown): readonly [name: string, argument: unknown] | undefined => {
  const [only, more] = isObject(value) ? Object.entries(value) : [];
  return only && !more && (only[0] === 'Ref' || only[0].startsWith('Fn::')) ? only : undefined;
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/pseudo-parameter-reference.html: those that are the same nearly everywhere. */
const PSEUDO: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::URLSuffix': 'amazonaws.com' };

/** What CloudFormation looks up while it deploys. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
const DYNAMIC = /\{\{resolve:[^}]*\}\}/;

/** Reads values of one template: parameters by their defaults; what only a deployment knows stays open. */
export const resolverOf = (template: JsonObject) => {
  const parameters = objectOf(template.Parameters);
  const nameOf = (name: string): Resolved => {
    if (Object.hasOwn(PSEUDO, name)) return { text: PSEUDO[name] ?? '' };
    const { Default: stated, NoEcho: hidden, Type: type } = Object.hasOwn(parameters, name) ? objectOf(parameters[name]) : {};
    // A template that keeps it to itself is not to be told by a blueprint, and where a value stands in a store is not the value.
    const fallback = (hidden === undefined || String(hidden) === 'false') && !String(type).startsWith('AWS::SSM::') ? stated : undefined;
    return typeof fallback === 'string' || typeof fallback === 'number' ? { text: String(fallback) } : { open: [name] };
  };
  const joined = (parts: readonly Resolved[], between = ''): Resolved => {
    const open = parts.flatMap((part) => ('open' in part ? part.open : []));
    return open.length > 0 ? { open } : { text: parts.map((part) => ('text' in part ? part.text : '')).join(between) };
  };
  const substituted = (words: string, given: JsonObject): Resolved =>
    joined(
      words.split(/(\$\{!?[^}]*\})/).map((part): Resolved => {
        const [, escaped, name = ''] = /^\$\{(!?)\s*([^}]*?)\s*\}$/.exec(part) ?? [];
        if (escaped === undefined) return { text: part };
        if (escaped === '!') return { text: `\${${name}}` };
        return Object.hasOwn(given, name) ? resolve(given[name]) : nameOf(name);
      }),
    );
  const resolve = (value: unknown): Resolved => {
    if (typeof value === 'string') return DYNAMIC.test(value) ? { open: [DYNAMIC.exec(value)?.[0] ?? ''] } : { text: value };
    if (typeof value === 'number' || typeof value === 'boolean') return { text: String(value) };
    const [name, argument] = functionIn(value) ?? [];
    if (name === 'Ref') return nameOf(String(argument));
    if (name === 'Fn::Sub') return Array.isArray(argument) ? substituted(String(argument[0]), objectOf(argument[1])) : substituted(String(argument), {});
    if (name === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1])) return joined(argument[1].map(resolve), String(argument[0]));
    if (name === 'Fn::GetAtt') return { open: [Array.isArray(argument) ? argument.join('.') : String(argument)] };
    if (name === 'Fn::ImportValue') {
      const of = resolve(argument);
      return { open: ['text' in of ? of.text : of.open.join(' ')] };
    }
    if (name === 'Fn::If') return { open: [`the condition ${textOf(Array.isArray(argument) ? argument[0] : undefined) ?? 'of its Fn::If'}`] };
    return { open: [name === undefined ? 'a value of another form' : `${name} of ${textOf(argument) ?? 'a list'}`] };
  };
  return resolve;
};

/** A list of texts, or the names that it hangs on. A parameter that is a list is one text with commas. */
export const listOf = (template: JsonObject, value: unknown): { readonly texts: readonly string[] } | { readonly open: readonly string[] } => {
  const [name, argument] = functionIn(value) ?? [];
  const isList = name === 'Ref' && /List/.test(textOf(objectOf(objectOf(template.Parameters)[String(argument)]).Type) ?? '');
  const parts = (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(resolverOf(template));
  const open = parts.flatMap((part) => ('open' in part ? part.open : []));
  if (open.length > 0) return { open };
  const texts = parts.flatMap((part) => ('text' in part ? part.text : []));
  return { texts: isList ? texts.flatMap((text) => text.split(',').map((one) => one.trim())) : texts };
};

/** A value of any form without what only a deployment knows. A parameter is a text, whatever it stands for. */
export const plainOf = (resolve: ReturnType<typeof resolverOf>, value: unknown): unknown => {
  if (functionIn(value)) {
    const said = resolve(value);
    return 'open' in said ? undefined : /^[0-9]+$/.test(said.text) ? Number(said.text) : said.text;
  }
  if (Array.isArray(value)) return value.map((item) => plainOf(resolve, item));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainOf(resolve, item)])) : value;
};

/** Logical ids that a value names, whichever function does. */
export const namedIn = (value: unknown): readonly string[] => {
  const [name, argument] = functionIn(value) ?? [];
  if (name === 'Ref') return [String(argument)];
  if (name === 'Fn::GetAtt') return [(Array.isArray(argument) ? String(argument[0]) : String(argument)).split('.')[0] ?? ''];
  if (name === 'Fn::Sub') {
    const [words, given] = Array.isArray(argument) ? [argument[0], argument[1]] : [argument, {}];
    return [...[...String(words).matchAll(/\$\{([^!}][^}]*)\}/g)].map((found) => (found[1] ?? '').trim().split('.')[0] ?? ''), ...namedIn(given)];
  }
  if (Array.isArray(value)) return value.flatMap(namedIn);
  return isObject(value) ? Object.values(value).flatMap(namedIn) : [];
};
