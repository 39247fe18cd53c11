// Fields of forms: searchable selects, tables of choices, rows, parts that depend on a choice, checks on blur.
// Loaded on every page, since a dialog may bring any field. Without it each field still posts what it shows.

const on = (type, selector, run, capture = false) => document.addEventListener(type, (e) => {
  const el = e.target.closest?.(selector);
  if (el) run(el, e);
}, capture);
const byId = (id) => document.getElementById(id);
const make = (tag, attrs = {}, ...children) => {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
  el.append(...children);
  return el;
};
const glyph = (name) => {
  const sprite = document.querySelector('use')?.getAttribute('href').split('#')[0];
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${sprite}#${name}`);
  svg.append(use);
  return svg;
};
const changed = (el) => el.dispatchEvent(new Event('change', { bubbles: true }));

// A native select turned into a combobox; the select stays, hidden, and keeps the value that is posted.
class Pick extends HTMLElement {
  connectedCallback() {
    if (this.field) return;
    this.select = this.querySelector('select');
    const id = this.select.id;
    this.select.id = `${id}_native`;
    this.select.hidden = true;
    this.list = make('div', { role: 'listbox', id: `${id}_list`, class: 'pick-list', hidden: '' });
    this.field = make('input', { class: 'input', id, role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-expanded': 'false', 'aria-autocomplete': 'list', 'aria-controls': this.list.id, form: 'nowhere' });
    for (const name of ['aria-describedby', 'aria-invalid', 'aria-label', 'aria-required']) if (this.select.hasAttribute(name)) this.field.setAttribute(name, this.select.getAttribute(name));
    this.chips = make('div', { class: 'chips' });
    this.append(...(this.select.multiple ? [this.chips] : []), make('div', { class: 'pick-box' }, this.field, glyph('chevrons-up-down')), this.list);
    this.field.addEventListener('focus', () => { this.field.select(); });
    this.field.addEventListener('click', () => this.open());
    this.field.addEventListener('input', (e) => { e.stopPropagation(); this.open(this.field.value); this.ask(); });
    this.field.addEventListener('change', (e) => e.stopPropagation());
    this.field.addEventListener('keydown', (e) => this.key(e));
    this.field.addEventListener('blur', () => setTimeout(() => this.close(), 120));
    this.list.addEventListener('mousedown', (e) => {
      e.preventDefault();
      const option = e.target.closest('[role=option]');
      if (option) this.choose(option.dataset.value);
    });
    this.chips.addEventListener('click', (e) => {
      const chip = e.target.closest('button');
      if (chip) { this.choose(chip.value); this.field.focus(); }
    });
    this.show();
  }
  get options() { return [...this.select.options]; }
  label(option) { return option?.dataset.label ?? option?.textContent ?? ''; }
  show() { // what is chosen
    if (this.select.multiple) {
      this.field.value = '';
      this.field.placeholder = this.dataset.add;
      this.chips.replaceChildren(...[...this.select.selectedOptions].map((o) => {
        const off = make('button', { type: 'button', value: o.value, 'aria-label': `${this.dataset.remove} ${this.label(o)}` }, glyph('x'));
        return make('span', { class: 'token' }, make('span', {}, this.label(o)), off);
      }));
      return;
    }
    const option = this.select.selectedOptions[0];
    this.field.value = option?.value ? this.label(option) : '';
    this.field.placeholder = this.options.find((o) => o.value === '')?.textContent ?? '';
    this.field.title = option?.value ? `${this.label(option)} ${option.dataset.sub ?? ''}` : '';
  }
  open(text = '') {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (o) => words.every((w) => `${o.textContent} ${o.value}`.toLowerCase().includes(w));
    const found = this.options.filter((o) => (o.value !== '' || !words.length) && !(this.select.multiple && o.selected) && fits(o));
    const rows = found.slice(0, 100).map((o, n) => make('div', { role: 'option', id: `${this.list.id}_${n}`, 'data-value': o.value, 'aria-selected': o.selected && !this.select.multiple },
      make('span', {}, this.label(o)), make('small', {}, o.dataset.sub ?? '')));
    const note = !rows.length ? this.dataset.empty : this.dataset.url && !words.length ? this.dataset.more : '';
    this.list.replaceChildren(...rows, ...(note ? [make('p', { role: 'presentation' }, note)] : []));
    this.list.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    const now = this.list.querySelector('[aria-selected=true]');
    this.point(words.length ? rows[0] : now);
    this.list.classList.toggle('up', this.getBoundingClientRect().bottom + 260 > innerHeight && this.getBoundingClientRect().top > 300);
  }
  ask() { // more than the page carries is searched for on the server
    if (!this.dataset.url) return;
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      const text = this.field.value;
      const url = new URL(this.dataset.url, location);
      url.searchParams.set('field', this.dataset.fieldName);
      url.searchParams.set('q', text);
      const answer = await fetch(url, { headers: { 'HX-Request': 'true' } });
      if (!answer.ok || this.field.value !== text) return;
      const known = new Set(this.options.map((o) => o.value));
      const found = new DOMParser().parseFromString(`<select>${await answer.text()}</select>`, 'text/html').querySelectorAll('option');
      this.select.append(...[...found].filter((o) => !known.has(o.value)).map((o) => document.adoptNode(o)));
      if (document.activeElement === this.field) this.open(text);
    }, 200);
  }
  point(row) {
    for (const o of this.list.querySelectorAll('[role=option]')) o.classList.toggle('at', o === row);
    row ? this.field.setAttribute('aria-activedescendant', row.id) : this.field.removeAttribute('aria-activedescendant');
    row?.scrollIntoView({ block: 'nearest' });
  }
  key(e) {
    const rows = [...this.list.querySelectorAll('[role=option]')];
    const at = rows.findIndex((o) => o.classList.contains('at'));
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (this.list.hidden) return this.open();
      this.point(rows.at(e.key === 'ArrowDown' ? (at + 1) % rows.length : Math.max(at, 0) - 1));
    } else if (e.key === 'Enter') {
      e.preventDefault();
      if (!this.list.hidden && rows[at]) this.choose(rows[at].dataset.value); else this.open();
    } else if (e.key === 'Escape' && !this.list.hidden) {
      e.preventDefault();
      e.stopPropagation();
      this.close();
    } else if (e.key === 'Backspace' && this.select.multiple && this.field.value === '') {
      const last = [...this.select.selectedOptions].at(-1);
      if (last) this.choose(last.value);
    }
  }
  choose(value) {
    for (const o of this.options) if (o.value === value) o.selected = this.select.multiple ? !o.selected : true;
    this.close();
    changed(this.select);
  }
  close() {
    if (this.list.hidden && this.field.value !== '' && !this.select.multiple) { this.show(); return; }
    this.list.hidden = true;
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
    this.show();
  }
}
customElements.define('ui-pick', Pick);

// Rows: the blank row stands in a <template>; a button may carry values ("rules?type=ssh&source=0.0.0.0/0").
const renumber = (rows) => {
  const full = rows.querySelectorAll(':scope > .rows-body > [data-row]').length;
  rows.toggleAttribute('data-empty', full === 0);
  for (const add of rows.closest('fieldset, form').querySelectorAll(`[data-add-row][value^="${CSS.escape(rows.dataset.rows)}"]`)) add.disabled = full >= Number(rows.dataset.most);
};
on('click', '[data-add-row]', (el, e) => {
  e.preventDefault();
  const [name, given = ''] = el.value.split(/\?(.*)/);
  const rows = el.form.querySelector(`[data-rows="${CSS.escape(name)}"]`);
  const body = rows.querySelector('.rows-body');
  const next = Math.max(-1, ...[...body.children].map((row) => Number(row.dataset.row))) + 1;
  body.insertAdjacentHTML('beforeend', rows.querySelector(':scope > template').innerHTML.replaceAll('__n__', next));
  const row = body.lastElementChild;
  for (const [key, value] of new URLSearchParams(given)) {
    const field = row.querySelector(`[name="${CSS.escape(`${name}-${next}-${key}`)}"]`);
    if (field) field.value = value;
  }
  renumber(rows);
  depend(el.form);
  row.querySelector('input:not([type=hidden]), select:not([hidden]), textarea')?.focus();
  changed(body);
});
on('click', '[data-remove-row]', (el, e) => {
  e.preventDefault();
  const rows = el.closest('[data-rows]');
  const body = rows.querySelector('.rows-body');
  const row = el.closest('[data-row]');
  const after = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  renumber(rows);
  (after?.querySelector('[data-remove-row]') ?? rows.querySelector('[data-add-row]'))?.focus();
  changed(body);
});

// data-show="access=new": there only while that control has that value (several, by commas). The field goes on being
// posted, so that going back and forth loses nothing.
const valueOf = (form, name) => {
  const control = form.elements[name];
  return control === undefined ? '' : control instanceof RadioNodeList ? control.value : control.type === 'checkbox' ? String(control.checked) : control.value;
};
const depend = (form) => {
  for (const part of form.querySelectorAll('[data-show*="="]')) {
    const [name, wanted] = part.dataset.show.split('=');
    const row = part.closest('[data-row]');
    const own = row ? `${row.closest('[data-rows]').dataset.rows}-${row.dataset.row}-${name}` : name;
    part.hidden = !wanted.split(',').includes(valueOf(form, form.elements[own] ? own : name));
  }
};
const start = (root) => {
  for (const form of root.querySelectorAll('form')) if (form.querySelector('[data-show*="="]')) depend(form);
  for (const rows of root.querySelectorAll('[data-rows]')) renumber(rows);
};
document.addEventListener('change', (e) => { if (e.target.form) depend(e.target.form); });
document.addEventListener('htmx:after:swap', (e) => { if (e.target instanceof Element || e.target === document) start(document); });
start(document);

// A table of choices: search, more rows, and only what fits another choice.
const fetchRows = async (box, more = false) => {
  const table = byId(`t_${box.dataset.picks}`);
  const chosen = table.querySelector('input:checked')?.value ?? '';
  const url = new URL(table.dataset.url, location);
  url.searchParams.set('q', box.querySelector('[data-search]').value);
  url.searchParams.set('match', table.dataset.match ?? '');
  if (chosen) url.searchParams.set('chosen', chosen);
  if (more) url.searchParams.set('more', '');
  const asked = (box.asked = (box.asked ?? 0) + 1);
  table.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(url, { headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } });
    if (!answer.ok || asked !== box.asked) return;
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html').body;
    table.replaceChildren(...[...found.childNodes].map((n) => document.adoptNode(n)));
    const now = table.querySelector('input:checked');
    if (now && chosen && now.value !== chosen) changed(now); // the choice did not fit any more: one as large stands in
  } finally { table.removeAttribute('aria-busy'); }
};
let typing;
on('input', '[data-search]', (el, e) => {
  e.stopPropagation();
  clearTimeout(typing);
  typing = setTimeout(() => fetchRows(el.closest('[data-picks]')), 200);
}, true);
on('change', '[data-search]', (el, e) => e.stopPropagation(), true);
on('keydown', '[data-search]', (el, e) => { if (e.key === 'Enter') e.preventDefault(); });
on('click', '[data-more-rows]', (el) => fetchRows(el.closest('[data-picks]'), true));
on('change', 'input[type=radio][data-match]', (el) => {
  for (const table of document.querySelectorAll(`[data-fits="${CSS.escape(el.name)}"]`)) {
    if (el.dataset.match && table.dataset.match !== el.dataset.match) {
      table.dataset.match = el.dataset.match;
      fetchRows(table.closest('[data-picks]'));
    }
  }
});
on('click', '.types tbody tr', (row, e) => {
  const radio = row.querySelector('input[type=radio]');
  if (radio && !radio.checked && !e.target.closest('input, label, a, button')) { radio.checked = true; changed(radio); }
});

// Checks on blur: only what was changed, by the same validator as the submission. A message goes as soon as it is mended.
const touched = new WeakSet();
const check = async (holder, form) => {
  const body = new URLSearchParams(new FormData(form));
  body.set('_field', holder.dataset.field);
  const asked = holder.asked = (holder.asked ?? 0) + 1;
  const answer = await fetch(form.dataset.validate, { method: 'POST', body, headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } });
  const slot = byId(`e_${holder.dataset.field}`);
  if (!answer.ok || !slot) return;
  const text = await answer.text();
  if (asked !== holder.asked) return; // of what stood there before
  const found = new DOMParser().parseFromString(text, 'text/html').body;
  slot.replaceChildren(...[...found.children].map((n) => document.adoptNode(n)));
  const bad = slot.childElementCount > 0;
  holder.toggleAttribute('data-bad', bad);
  for (const control of holder.querySelectorAll('[aria-describedby]')) bad ? control.setAttribute('aria-invalid', 'true') : control.removeAttribute('aria-invalid');
};
on('change', 'form[data-validate] [data-field]', (el, e) => {
  const holder = e.target.closest('[data-field]');
  const form = el.closest('form');
  touched.add(holder);
  if (holder.hasAttribute('data-bad') || !holder.contains(document.activeElement) || e.target.matches('select, [type=radio], [type=checkbox]')) check(holder, form);
});
on('focusout', 'form[data-validate] [data-field]', (el, e) => {
  const holder = e.target.closest('[data-field]');
  if (touched.has(holder) && !holder.contains(e.relatedTarget)) check(holder, el.closest('form'));
});

// A dialog with fields begins in the first; one that destroys never begins on its button.
document.addEventListener('htmx:after:swap', (e) => {
  const dialog = byId('dialog');
  if (e.detail?.ctx?.target !== dialog || !dialog.open) return;
  dialog.querySelector('.act [data-bad] :is(input, select, textarea):not([type=hidden], [hidden]), .act [data-field] :is(input, select, textarea):not([type=hidden], [hidden])')?.focus();
});
// A dialog's submission was taken: the message is at the top of the page by now.
document.addEventListener('acted', () => {
  const dialog = byId('dialog');
  dialog?.close();
  dialog?.replaceChildren();
  byId('flashes')?.scrollIntoView({ block: 'nearest' });
});
// A link to a field in a closed part opens it.
on('click', 'a[href^="#f_"]', (el, e) => {
  const field = byId(decodeURIComponent(el.hash.slice(1)));
  if (!field) return;
  e.preventDefault();
  field.closest('details')?.setAttribute('open', '');
  field.scrollIntoView({ block: 'center' });
  (field.querySelector('input:not([type=hidden], [hidden]):not([type=radio]:not(:checked)), select:not([hidden]), textarea') ?? field.querySelector('input:not([type=hidden])') ?? field).focus({ preventScroll: true });
});
