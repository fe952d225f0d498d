import { object, required, text } from './field.ts';

/** A check that is known to fail, and is not to end a run of verify with a no until a day. */
export const waiver = object('A check that is known to fail.', {
  check: required(text('The check: `SIG-03`.', { pattern: '^[A-Z]+-[0-9]+$', title: 'the id of a check such as SIG-03' })),
  on: text('Only on these of what it is tried on, as verify names them: `kong orders.list`; `*` stands for any text. On everything when it is not stated.'),
  reason: required(text('Why it is borne.')),
  until: text('The last day on which it holds; the check fails again from the next day.', {
    pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
    title: 'a date such as 2027-01-31',
  }),
});
