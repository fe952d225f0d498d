import { effects } from '../../core/resource.ts';
import { listOf, object, oneOf, required, text } from './field.ts';

/** One thing, or sort of thing, that is known to be on a target though nothing in the blueprint asked for it. */
export const acceptance = object('Something known.', {
  what: required(text('Its address (`kong.route/partner.orders`), or a pattern in which `*` stands for any text.')),
  field: text('The field that it is about, or a pattern; everything about the object when it is not stated.'),
  tag: text('Only what carries this tag on its target.'),
  effects: listOf(
    'Only what has one of these effects. When it is not stated, an address accepts all, and a pattern those that neither open nor expose anything.',
    oneOf('An effect.', effects),
  ),
  reason: required(text('Why it is fine.')),
  until: text('The last day on which it holds; told again from the next day.', {
    pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
    title: 'a date such as 2027-01-31',
  }),
  seen: text('What it was like when it was accepted, as drift shows it: told again when it is another.', {
    pattern: '^[0-9a-f]{12}$',
    title: 'the twelve characters that drift shows',
  }),
});
