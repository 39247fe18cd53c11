// Command palette (Ctrl/Cmd K): the server searches, the keyboard picks.
const palette = document.getElementById('palette');
const field = palette?.querySelector('[name=q]');
const options = () => [...palette.querySelectorAll('[role=option]')];
const pick = (option) => {
  for (const o of options()) o.setAttribute('aria-selected', o === option);
  field.setAttribute('aria-activedescendant', option?.id ?? '');
  option?.scrollIntoView({ block: 'nearest' });
};
let answered; // the text to which the options belong
let entered = false; // whether Enter was pressed before they came
const selection = () => [...document.querySelectorAll('#refs input')].map((box) => box.value);

const show = () => {
  palette.showModal();
  answered = undefined;
  entered = false;
  palette.querySelector('[name=on]').value = selection().join(' ');
  palette.querySelector('[name=recent]').value = localStorage.getItem('recent') ?? '[]'; // the browser's own memory
  field.select();
  htmx.trigger(field, 'palette');
};
const remember = (option) => {
  const recent = JSON.parse(localStorage.getItem('recent') ?? '[]').filter((r) => r !== option.dataset.recent);
  localStorage.setItem('recent', JSON.stringify([option.dataset.recent, ...recent].slice(0, 6)));
};
const go = (option) => {
  if (!option) return;
  if (option.dataset.recent) remember(option);
  palette.close();
  if (option.dataset.dialog === undefined) location.assign(option.dataset.url);
  else htmx.ajax('GET', option.dataset.url, { source: '#dialog', target: '#dialog', swap: 'innerHTML' });
};

if (palette) {
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
      e.preventDefault();
      palette.open ? palette.close() : show();
    }
  });
  document.addEventListener('click', (e) => { if (e.target.closest('[data-palette]')) show(); });
  palette.addEventListener('keydown', (e) => {
    const list = options();
    const at = list.findIndex((o) => o.getAttribute('aria-selected') === 'true');
    if (e.key === 'ArrowDown') { e.preventDefault(); pick(list[(at + 1) % list.length]); }
    if (e.key === 'ArrowUp') { e.preventDefault(); pick(list.at(at - 1)); }
    if (e.key === 'Enter') { e.preventDefault(); field.value === answered ? go(list[at] ?? list[0]) : entered = true; }
  });
  field.addEventListener('input', () => { entered = false; });
  palette.addEventListener('click', (e) => {
    const option = e.target.closest('[role=option]');
    if (option && (e.ctrlKey || e.metaKey)) window.open(option.dataset.url);
    else go(option);
  });
  palette.addEventListener('htmx:before:request', (e) => { e.detail.ctx.typed = field.value; });
  palette.addEventListener('htmx:after:swap', (e) => {
    answered = e.detail.ctx.typed;
    pick(options()[0]);
    if (entered && field.value === answered) { entered = false; go(options()[0]); }
  });
}
