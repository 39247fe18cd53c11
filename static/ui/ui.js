// The client layer besides htmx: tabs, dialogs, copy, theme, pickers, times, typed confirmation.
// Behaviour hangs on data attributes and delegated events, so swapped-in HTML needs no set-up.

const on = (type, selector, run) => document.addEventListener(type, (e) => {
  const el = e.target.closest?.(selector);
  if (el) run(el, e);
});
const byId = (id) => document.getElementById(id);
const headers = () => JSON.parse(document.body.getAttribute('hx-headers:inherited') ?? '{}');

let spokenAt = 0;
export const announce = (text) => { // polite, at most one a second
  const wait = Math.max(0, spokenAt + 1000 - Date.now());
  setTimeout(() => { spokenAt = Date.now(); byId('announce').textContent = text; }, wait);
};

const shown = new Map(); // of each row of tabs, by its first one's id, the tab that was chosen
class Tabs extends HTMLElement {
  connectedCallback() {
    this.addEventListener('click', (e) => {
      const tab = e.target.closest('[role=tab]');
      if (!tab) return;
      this.show(tab);
      shown.set(this.querySelector('[role=tab]').id, tab.id);
    });
    this.addEventListener('keydown', (e) => {
      const tabs = [...this.querySelectorAll('[role=tab]')];
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      const next = tabs.at((tabs.indexOf(e.target) + step) % tabs.length);
      next.focus();
      next.click();
    });
  }
  show(tab) {
    for (const t of this.querySelectorAll('[role=tab]')) {
      t.setAttribute('aria-selected', t === tab);
      t.tabIndex = t === tab ? 0 : -1;
    }
    const wanted = byId(tab.getAttribute('aria-controls'));
    for (const t of this.querySelectorAll('[role=tab]')) {
      const panel = byId(t.getAttribute('aria-controls'));
      if (panel) panel.hidden = panel !== wanted;
    }
    if (this.hasAttribute('data-one')) wanted?.setAttribute('aria-labelledby', tab.id);
  }
}
customElements.define('ui-tabs', Tabs);
document.addEventListener('htmx:after:swap', () => { // what came anew stays as it was turned and opened
  for (const [first, chosen] of shown) {
    const row = byId(first)?.closest('ui-tabs:not([data-one])');
    if (row && byId(chosen)?.getAttribute('aria-selected') === 'false') row.show(byId(chosen));
  }
  for (const el of document.querySelectorAll('.sum [data-sheet]')) el.setAttribute('aria-expanded', el.closest('.sum').hasAttribute('data-open'));
});

on('click', 'button[data-open]', (el) => byId(el.dataset.open).showModal());
// What a dialog has sent is under way: it stays until the answer is there, which would meet another dialog otherwise.
const sending = (dialog) => dialog.querySelector('.go.htmx-request') !== null;
document.addEventListener('cancel', (e) => { if (e.target.matches('dialog') && sending(e.target)) e.preventDefault(); }, true);
const close = (dialog) => { if (!sending(dialog)) dialog.close(); };
on('click', '[data-close]', (el) => (el.closest('dialog') ? close(el.closest('dialog')) : el.closest('[popover]')?.hidePopover()));
const dismissed = new Set(); // a refresh must not bring back what was read and put away
on('click', '[data-dismiss]', (el) => {
  const what = el.closest(el.dataset.dismiss);
  if (what.id) dismissed.add(what.id);
  what.remove();
});
document.addEventListener('htmx:after:swap', () => { for (const id of dismissed) byId(id)?.remove(); });
on('click', 'dialog', (el, e) => { if (e.target === el && !el.hasAttribute('data-stay')) close(el); });
on('click', '[popover] a, [popover] button:not([type=button])', (el) => el.closest('[popover]').hidePopover());

on('click', '[data-theme-toggle]', (el) => {
  const root = document.documentElement;
  const theme = root.dataset.theme;
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  localStorage.setItem('theme', root.dataset.theme = dark ? 'light' : 'dark');
  const form = new FormData();
  form.set('theme', root.dataset.theme);
  if (el.dataset.themeToggle) fetch(el.dataset.themeToggle, { method: 'POST', body: form, headers: headers() });
});
on('click', '[data-copy]', async (el) => {
  const text = el.dataset.copy.startsWith('#') ? document.querySelector(el.dataset.copy).textContent : el.dataset.copy;
  if (navigator.clipboard) await navigator.clipboard.writeText(text);
  else { // plain http has no clipboard API
    const area = Object.assign(document.createElement('textarea'), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  el.classList.add('done');
  setTimeout(() => el.classList.remove('done'), 1500);
  announce(byId('announce').dataset.copied);
});
on('click', '[data-sheet]', (el) => { // bottom sheets on narrow screens
  const open = el.closest('.panel, .sum').toggleAttribute('data-open');
  el.setAttribute('aria-expanded', open);
});
on('click', '[data-nav]', (el) => el.setAttribute('aria-expanded', document.querySelector('.app').toggleAttribute('data-nav-open')));
on('click', '[data-reveal]', (el) => { // show or hide a password
  const field = byId(el.dataset.reveal);
  field.type = field.type === 'password' ? 'text' : 'password';
  el.setAttribute('aria-pressed', field.type === 'text');
});
on('change', '[data-submit]', (el) => el.form.requestSubmit());
on('input', '[data-expect]', (el) => {
  for (const b of el.form.querySelectorAll('.danger')) b.disabled = el.value.trim() !== el.dataset.expect;
});

// Scope pickers: find in the list; "All" clears every choice.
on('input', '[data-find]', (el) => {
  const q = el.value.trim().toLowerCase();
  for (const o of el.form.querySelectorAll('.opt')) o.hidden = !o.textContent.toLowerCase().includes(q);
  for (const h of el.form.querySelectorAll('.picker-head')) h.hidden = q !== '';
});
on('click', '[data-clear]', (el) => {
  for (const box of el.form.querySelectorAll('[type=checkbox]')) box.checked = false;
  el.form.requestSubmit();
});
on('change', '.reveals', (el) => { // a radio or select that shows the fields of its choice
  for (const part of el.form.querySelectorAll('[data-when]')) {
    part.hidden = part.dataset.when !== el.value;
    part.disabled = part.hidden;
  }
});

// Times: the server writes UTC; the reader sees the own zone, and "8 s ago" keeps counting.
const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: 'narrow', numeric: 'auto' });
const full = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hour12: false });
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
const ago = (then) => {
  const s = Math.round((then - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, n]) => Math.abs(s) >= n) ?? UNITS[3];
  return relative.format(Math.trunc(s / size), unit);
};
const times = (root) => {
  for (const t of root.querySelectorAll('time[datetime]')) {
    const then = new Date(t.dateTime);
    if (Number.isNaN(+then)) continue;
    t.title = `${full.format(then)} (${t.dateTime})`;
    if (t.dataset.show === 'ago') t.textContent = ago(then);
    else if (t.dataset.show === 'clock') t.textContent = clock.format(then);
    else if (t.dataset.show === 'full') t.textContent = full.format(then);
  }
};
times(document);
setInterval(() => times(document), 5000);
document.addEventListener('htmx:after:swap', () => times(document));

// Messages that came with a fragment join the pile at the top of the page.
document.addEventListener('htmx:after:swap', () => {
  const pile = byId('flashes');
  for (const late of document.querySelectorAll('[data-flash]')) {
    late.removeAttribute('data-flash');
    if (pile && late.parentElement !== pile) pile.prepend(late);
  }
});

document.addEventListener('htmx:error', () => announce(byId('announce').dataset.failed));

on('click', '[data-expand]', (el) => { // a row's details
  const part = byId(el.dataset.expand);
  part.hidden = !part.hidden;
  el.setAttribute('aria-expanded', !part.hidden);
});

on('click', '[data-move-up]', (el) => { // the order of columns
  const row = el.closest('li');
  const above = row.previousElementSibling;
  if (above) above.before(row);
  el.focus();
});
