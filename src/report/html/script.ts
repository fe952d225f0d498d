/** Searching and filtering, and nothing else: without it the page says the same. It writes no text of the report anywhere. */
export const script = `(() => {
const form = document.querySelector('.filter');
if (!form) return;
form.hidden = false;
const checks = [...document.querySelectorAll('.claims > details')].map((element) => ({
  element,
  was: element.open,
  head: element.querySelector('summary').textContent.toLowerCase(),
  items: [...element.querySelectorAll('li')].map((item) => ({ item, text: item.textContent.toLowerCase() })),
}));
const told = form.querySelector('output');
const apply = () => {
  const field = (name) => form.elements[name].value;
  const words = field('words').toLowerCase().split(/\\s+/).filter((word) => word !== '');
  const [group, severity, status, service] = ['group', 'severity', 'status', 'service'].map(field);
  const narrow = words.length > 0 || service !== '' || status !== '';
  let shown = 0;
  let left = 0;
  for (const { element, was, head, items } of checks) {
    const data = element.dataset;
    const fits = (group === '' || data.group === group) && (severity === '' || data.severity === severity);
    let some = 0;
    for (const { item, text } of items) {
      const its = fits && (status === '' || item.dataset.status === status) && (service === '' || item.dataset.service === service) && words.every((word) => head.includes(word) || text.includes(word));
      item.hidden = !its;
      if (its) some += 1;
    }
    element.hidden = some === 0;
    element.open = some > 0 && narrow ? some <= 30 : was;
    shown += some;
    left += some > 0 ? 1 : 0;
  }
  told.textContent = shown === 0 ? 'nothing fits' : left + (left === 1 ? ' check, ' : ' checks, ') + shown + (shown === 1 ? ' verdict' : ' verdicts');
};
form.addEventListener('input', apply);
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('reset', () => setTimeout(apply));
apply();
})();`;
