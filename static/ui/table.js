// Resource lists: selection that survives a refresh, bulk actions, comparison, the split panel.
const $ = (selector) => document.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];
const on = (type, selector, run) => document.addEventListener(type, (e) => {
  const el = e.target.closest?.(selector);
  if (el) run(el, e);
});
const boxes = () => $$('#list tbody input[name=id]');
const chosen = new Map(); // ref -> state, also of rows on other pages

const reason = (button) => {
  const states = [...chosen.values()];
  if (button.dataset.lacks) return button.dataset.lacks;
  if (states.length < Number(button.dataset.least ?? 1)) return button.dataset.none;
  if (button.dataset.states === undefined) return '';
  const allowed = button.dataset.states.split(' ');
  const bad = states.find((state) => !allowed.includes(state));
  return bad === undefined ? '' : button.dataset.wrong.replace('{state}', bad);
};
const refresh = () => {
  for (const box of boxes()) {
    box.checked = chosen.has(box.value);
    box.closest('tr').toggleAttribute('data-chosen', box.checked);
  }
  const all = $('#select-all');
  const here = boxes();
  if (all) {
    all.checked = here.length > 0 && here.every((box) => box.checked);
    all.indeterminate = !all.checked && here.some((box) => box.checked);
  }
  const count = $('#selected');
  if (count) count.textContent = chosen.size ? `${chosen.size}/` : '';
  const refs = $('#refs');
  if (refs) refs.replaceChildren(...[...chosen.keys()].map((ref) => Object.assign(document.createElement('input'), { type: 'hidden', name: 'id', value: ref })));
  for (const button of $$('[data-bulk]')) {
    const why = reason(button);
    button.setAttribute('aria-disabled', why !== '');
    button.title = why;
    const spoken = button.querySelector('.why');
    if (spoken) spoken.textContent = why;
  }
};
const compare = () => {
  const button = $('[data-compare]');
  if (button && chosen.size > 1) htmx.ajax('GET', `${button.dataset.compare}?${new URLSearchParams([...chosen.keys()].map((ref) => ['id', ref]))}`, { source: '#panel', target: '#panel', swap: 'innerHTML' });
};
let wanted;
const changed = () => {
  refresh();
  clearTimeout(wanted);
  if (chosen.size > 1 && $('.main')?.dataset.panel !== 'none') wanted = setTimeout(compare, 250);
};

on('change', '#list tbody input[name=id]', (box) => {
  box.checked ? chosen.set(box.value, box.dataset.state) : chosen.delete(box.value);
  changed();
});
on('change', '#select-all', (all) => {
  for (const box of boxes()) all.checked ? chosen.set(box.value, box.dataset.state) : chosen.delete(box.value);
  changed();
});
on('click', '[data-compare]', (button) => { if (button.getAttribute('aria-disabled') !== 'true') compare(); });
on('click', '[data-deselect]', () => { chosen.clear(); changed(); });
document.addEventListener('htmx:after:swap', () => {
  for (const box of boxes()) if (chosen.has(box.value)) chosen.set(box.value, box.dataset.state);
  refresh();
});
// A disabled control stays in the tab order to say why; it only must not act.
document.addEventListener('click', (e) => {
  if (e.target.closest('[aria-disabled="true"]')) { e.preventDefault(); e.stopImmediatePropagation(); }
}, true);
refresh();
// What was read again without a change sends no event: look now and then, while somebody looks.
setInterval(() => { if (!document.hidden && $('#list')) htmx.trigger('#list', 'reload'); }, 60_000);

// A live reading waits for what is under way, and then asks for what is shown by then.
document.addEventListener('htmx:before:request', (e) => {
  const { sourceElement, request } = e.detail.ctx;
  if (sourceElement.matches('[data-reading]')) request.action = $('#list [data-reading]')?.getAttribute('hx-get') ?? request.action;
});

// Split panel: beside the list or below it, as last chosen.
const main = () => $('.main[data-panel]');
const opened = () => {
  const place = main();
  if (place.dataset.panel === 'none') place.dataset.panel = localStorage.getItem('panel-dock') ?? 'side';
  $('#panel').dataset.open = '';
};
const mark = () => {
  const ref = $('#panel [data-ref]')?.dataset.ref;
  for (const row of $$('#list tbody tr')) {
    if (ref !== undefined && row.id === `row-${ref}`) row.setAttribute('aria-selected', 'true');
    else row.removeAttribute('aria-selected');
  }
};
document.addEventListener('htmx:after:swap', (e) => {
  if (e.detail?.ctx?.target?.id === 'panel' && $('#panel').childElementCount) { opened(); mark(); }
  if (e.detail?.ctx?.target?.id === 'list') mark();
  const dialog = $('#dialog');
  if (e.detail?.ctx?.target === dialog && dialog.childElementCount && !dialog.open) dialog.showModal();
});
on('click', '[data-panel-close]', () => {
  main().dataset.panel = 'none';
  const ref = $('#panel [data-ref]')?.dataset.ref;
  $('#panel').replaceChildren();
  mark();
  const url = new URL(location);
  url.searchParams.delete('open');
  history.replaceState(history.state, '', url);
  document.getElementById(`row-${ref}`)?.querySelector('.name').focus();
});
on('click', '[data-dock]', () => {
  const place = main();
  place.dataset.panel = place.dataset.panel === 'side' ? 'bottom' : 'side';
  localStorage.setItem('panel-dock', place.dataset.panel);
});
if (main()?.dataset.panel === 'side' && localStorage.getItem('panel-dock') === 'bottom') main().dataset.panel = 'bottom';

// The filter box: properties and their values as one types.
const CONDITION = /[=:^<>!]/;
const box = () => $('#filter-text');
const hints = () => $$('#hints [role=option]');
let pointed;
const point = (option) => {
  pointed = option?.dataset.fill;
  for (const o of hints()) o.setAttribute('aria-selected', o === option);
  box().setAttribute('aria-activedescendant', option?.id ?? '');
};
let under; // the request of the filter's form that is under way, and the text that it is about
const send = (field) => { // a condition first becomes a token, which the next request then keeps
  if (CONDITION.test(under?.text)) under.next = true;
  else field.form.requestSubmit();
};
const shut = () => { pointed = undefined; const list = $('#hints'); if (list) { list.replaceChildren(); box()?.setAttribute('aria-expanded', 'false'); } };
const fill = (option) => {
  const field = box();
  field.value = option.dataset.fill;
  field.focus();
  if (option.dataset.done !== undefined) { shut(); send(field); } else htmx.trigger(field, 'hint');
};
on('mousedown', '#hints [role=option]', (option, e) => { e.preventDefault(); fill(option); });
on('keydown', '#filter-text', (field, e) => {
  const list = hints();
  const at = list.findIndex((o) => o.getAttribute('aria-selected') === 'true');
  if (e.key === 'ArrowDown' && list.length) { e.preventDefault(); point(list[(at + 1) % list.length]); }
  if (e.key === 'ArrowUp' && list.length) { e.preventDefault(); point(list.at(at - 1)); }
  if (e.key === 'Escape') shut();
  if (e.key === 'Enter' && at >= 0) { e.preventDefault(); fill(list[at]); } else if (e.key === 'Enter') { e.preventDefault(); clearTimeout(typing); shut(); send(field); }
});
document.addEventListener('htmx:after:swap', (e) => {
  if (e.detail?.ctx?.target?.id !== 'hints') return;
  box()?.setAttribute('aria-expanded', hints().length > 0);
  if (pointed !== undefined) point(hints().find((o) => o.dataset.fill === pointed)); // the keyboard stays where it was
});
let typing;
on('input', '#filter-text', (field) => { // plain words filter as one types; a condition waits for Enter
  pointed = undefined;
  clearTimeout(typing);
  if (!CONDITION.test(field.value)) typing = setTimeout(() => send(field), 300);
});
document.addEventListener('htmx:before:request', (e) => {
  if (e.detail.ctx.sourceElement.matches('form.filter') && box()) under = { ctx: e.detail.ctx, text: box().value };
});
document.addEventListener('htmx:finally:request', (e) => {
  if (under?.ctx !== e.detail.ctx) return;
  const next = under.next;
  under = undefined;
  if (next) box()?.form.requestSubmit();
});
document.addEventListener('htmx:after:swap', () => { // what became a token leaves the box; what was typed since stays
  const field = box();
  if (field?.dataset.taken === undefined) return;
  if (field.value === under?.text) field.value = '';
  field.removeAttribute('data-taken');
});
document.addEventListener('focusout', (e) => { if (e.target.id === 'filter-text') setTimeout(shut, 150); });
